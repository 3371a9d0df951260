import { Module } from '@nestjs/common';
import { DemoService } from './demo.service.js';
import { UserProfiles } from './user-profiles.js';

/** The tools `getUserProfile` and `echo`. Needs `ClerkAuthModule` and `McpModule`. */
@Module({ providers: [DemoService, UserProfiles] })
export class DemoModule {}
