import {
  type CallToolResult,
  type InputRequiredResult,
  ProtocolError,
  ProtocolErrorCode,
  isInputRequiredResult,
} from '@modelcontextprotocol/server';
import type { TaskState } from './stored-task.js';

const INTERNAL = { code: ProtocolErrorCode.InternalError, message: 'Internal error' };

export const CANCELLED = { status: 'cancelled' } as const satisfies TaskState;

export const EXPIRED = {
  status: 'failed',
  error: { ...INTERNAL, message: 'The task has expired' },
} as const satisfies TaskState;

export const REVOKED = {
  status: 'failed',
  error: { ...INTERNAL, message: 'The access of the caller was revoked' },
} as const satisfies TaskState;

export const SHUT_DOWN = {
  status: 'failed',
  error: { ...INTERNAL, message: 'The server was shut down before the task was done' },
} as const satisfies TaskState;

export const TOO_LARGE = {
  status: 'failed',
  error: {
    ...INTERNAL,
    message:
      'The result of the task is too large to be kept for this caller. Ask for less at once.',
  },
} as const satisfies TaskState;

/** How a task ends whose handler gave something back. */
export function completedWith(result: TaskOutcome): TaskState {
  // What a handler asks inside a task is dealt with there, and does not come out of it.
  if (isInputRequiredResult(result)) return { status: 'failed', error: INTERNAL };
  return { status: 'completed', result };
}

/** How a task ends whose handler threw: it only throws errors of the protocol. */
export function failedWith(error: unknown): TaskState {
  if (!(error instanceof ProtocolError)) return { status: 'failed', error: INTERNAL };
  const { code, message, data } = error;
  return { status: 'failed', error: { code, message, ...(data !== undefined && { data }) } };
}

/** What a handler gives back. */
export type TaskOutcome = CallToolResult | InputRequiredResult;
