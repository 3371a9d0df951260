import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Authenticated } from '../access/access.decorators.js';
import { McpTool } from '../mcp/authoring/mcp-tool.decorator.js';
import { andThen, type MaybePromise } from '../request/value-or-promise.js';
import { UserProfile, UserProfiles } from './user-profiles.js';

export const EchoInput = z.object({ message: z.string().min(1).describe('The message to return') });

/** The result of `echo`. */
export const Echo = z.object({
  message: z.string(),
  timestamp: z.iso.datetime().describe('Time of the answer, ISO 8601 in UTC'),
  userId: z.string(),
  userEmail: z.string().optional().describe('Only if the scopes of the token allow it'),
});

export type Echo = z.infer<typeof Echo>;

/** Two example tools for signed-in callers. */
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
    description: 'Returns a message, with the user who sent it and the time.',
    input: EchoInput,
    output: Echo,
    annotations: { readOnlyHint: true },
  })
  echo({ message }: z.infer<typeof EchoInput>): MaybePromise<Echo> {
    return andThen(this.profiles.readContact(), ({ userId, email }) => ({
      message,
      timestamp: new Date().toISOString(),
      userId,
      userEmail: email,
    }));
  }
}
