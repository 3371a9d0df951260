import { Module } from '@nestjs/common';
import { AuthService } from './auth.service.js';

/** The tools `refreshToken` and `getAuthInfo`. Needs `ClerkAuthModule` and `McpModule`. */
@Module({ providers: [AuthService], exports: [AuthService] })
export class AuthModule {}
