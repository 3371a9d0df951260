import type { CallToolResult, InputRequest } from '@modelcontextprotocol/server';

/** What a client must be asked before a task goes on, by the key of each request. */
export type InputRequests = Readonly<Record<string, InputRequest>>;

/** A JSON-RPC error. */
export interface TaskError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** Where a task stands. `failed` is an error of the protocol; a tool that failed has `completed`. */
export type TaskState =
  | { readonly status: 'working' }
  | { readonly status: 'input_required'; readonly inputRequests: InputRequests }
  | { readonly status: 'completed'; readonly result: CallToolResult }
  | { readonly status: 'failed'; readonly error: TaskError }
  | { readonly status: 'cancelled' };

/** A task as a store keeps it: plain JSON, without anything of the process that runs it. */
export interface StoredTask {
  readonly id: string;
  /** Name of the tool. */
  readonly tool: string;
  /** Key of the principal who may see it; `null` for a task of an anonymous caller. */
  readonly owner: string | null;
  /**
   * Whom limits count the task for: the person, whatever client and organization. Default: `owner`, for a
   * task that was kept before this was known.
   */
  readonly quotaKey?: string;
  /** Bytes that a running task holds beside itself: its arguments, and what the client answered. */
  readonly heldBytes?: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Milliseconds since the epoch. */
  readonly updatedAt: number;
  /** Milliseconds from `createdAt`; after them the task is gone. */
  readonly ttlMs: number;
  readonly pollIntervalMs: number;
  /** What the task is about just now, in the words of the handler. */
  readonly statusMessage?: string;
  readonly state: TaskState;
}

/** Whether a task will not change any more. */
export function isSettled({ state }: StoredTask): boolean {
  return state.status !== 'working' && state.status !== 'input_required';
}

/** Whom limits count a task for; `null` for a task of an anonymous caller. */
export function quotaKeyOf({ quotaKey, owner }: StoredTask): string | null {
  return quotaKey ?? owner;
}

/** Bytes of a task as JSON, with what it holds while it runs. */
export function bytesOf(task: StoredTask): number {
  const held = isSettled(task) ? 0 : (task.heldBytes ?? 0);
  return Buffer.byteLength(JSON.stringify(task)) + held;
}

/** @param now milliseconds since the epoch */
export function isExpired({ createdAt, ttlMs }: StoredTask, now: number): boolean {
  return createdAt + ttlMs <= now;
}

/** A task as `tasks/get` answers it (`DetailedTask`). */
export function toDetailedTask(task: StoredTask): Record<string, unknown> {
  const { status, ...details } = task.state;
  return { ...toTask(task), status, ...details };
}

/** A task without its outcome, as `tools/call` answers it (`Task`). */
export function toTask(task: StoredTask): Record<string, unknown> {
  const { id, createdAt, updatedAt, ttlMs, pollIntervalMs, statusMessage, state } = task;
  return {
    taskId: id,
    status: state.status,
    ...(statusMessage !== undefined && { statusMessage }),
    createdAt: new Date(createdAt).toISOString(),
    lastUpdatedAt: new Date(updatedAt).toISOString(),
    ttlMs,
    pollIntervalMs,
  };
}
