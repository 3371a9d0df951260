import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { Authenticated } from '../access/access.decorators.js';
import { McpTool } from '../mcp/catalog/mcp-tool.decorator.js';
import { Echo, EchoInput } from './echo.js';
import { UserProfile } from './user-profile.js';
import { UserProfiles } from './user-profiles.js';

/** Two tools for signed-in callers: a place to start from. */
@Authenticated()
@Injectable()
export class DemoService {
  constructor(private readonly profiles: UserProfiles) {}

  @McpTool({
    title: 'Who am I',
    description: 'The profile of the signed-in user, as far as the granted scopes allow.',
    output: UserProfile,
    annotations: { readOnlyHint: true },
  })
  getUserProfile(): Promise<UserProfile> {
    return this.profiles.read();
  }

  @McpTool({
    title: 'Echo',
    description: 'Says a message back, together with who sent it and when.',
    input: EchoInput,
    output: Echo,
    annotations: { readOnlyHint: true },
  })
  async echo({ message }: z.infer<typeof EchoInput>): Promise<Echo> {
    const { userId, email } = await this.profiles.readContact();
    return { message, timestamp: new Date().toISOString(), userId, userEmail: email };
  }
}
