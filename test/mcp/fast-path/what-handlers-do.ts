import type { CanActivate } from '@nestjs/common';
import * as z from 'zod';
import type { McpContext } from '../../../src/index.js';

/** Lets nobody in. */
export class NeverGuard implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

const Sure = z.object({ sure: z.boolean() });

/** Asks the user, until the user has answered. */
export async function ask(context: McpContext) {
  const answer = context.accepted('sure', Sure);
  return answer ? 'sure' : context.elicit('sure', { message: 'Sure?', schema: Sure });
}

/** Says something before the result. */
export async function say(context: McpContext): Promise<void> {
  await context.log('warning', 'careful');
  await context.progress(1, 2);
}

/** All that can be known of a call without waiting for it. */
export function tell(context: McpContext) {
  const { requestId, protocolVersion, client, clientCapabilities, trace, uri, taskId } = context;
  const about = { requestId, protocolVersion, client, clientCapabilities, trace, uri, taskId };
  const rounds = { answer: context.answer('x'), state: context.state() };
  const hasSession = context.sessionId !== undefined;
  return { about, rounds, hasSession, caller: context.principal?.subject };
}
