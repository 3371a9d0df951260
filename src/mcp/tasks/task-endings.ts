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

export const NODE_GONE = {
  status: 'failed',
  error: { ...INTERNAL, message: 'The node that ran the task is gone' },
} as const satisfies TaskState;

export const TOO_LARGE = {
  status: 'failed',
  error: {
    ...INTERNAL,
    message:
      'The result of the task is too large to be stored for this caller. Request less at once.',
  },
} as const satisfies TaskState;

/** The final state of a task whose handler returned. */
export function completedWith(result: TaskOutcome): TaskState {
  // Questions inside a task are handled by the task itself, and never end it.
  if (isInputRequiredResult(result)) return { status: 'failed', error: INTERNAL };
  return { status: 'completed', result };
}

/** The final state of a task whose handler threw: only errors of the protocol are expected. */
export function failedWith(error: unknown): TaskState {
  if (!(error instanceof ProtocolError)) return { status: 'failed', error: INTERNAL };
  const { code, message, data } = error;
  return { status: 'failed', error: { code, message, ...(data !== undefined && { data }) } };
}

/** The result of a handler in a task. */
export type TaskOutcome = CallToolResult | InputRequiredResult;
