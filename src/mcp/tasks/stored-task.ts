import type { CallToolResult, InputRequest } from '@modelcontextprotocol/server';

/** The input that a task waits for, by key. */
export type InputRequests = Readonly<Record<string, InputRequest>>;

/** A JSON-RPC error. */
export interface TaskError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** The state of a task. `failed` means an error of the protocol; a failed tool has `completed`. */
export type TaskState =
  | { readonly status: 'working' }
  | { readonly status: 'input_required'; readonly inputRequests: InputRequests }
  | { readonly status: 'completed'; readonly result: CallToolResult }
  | { readonly status: 'failed'; readonly error: TaskError }
  | { readonly status: 'cancelled' };

/** A task in a store. Plain JSON, independent of the process that runs it. */
export interface StoredTask {
  readonly id: string;
  /** Name of the tool. */
  readonly tool: string;
  /** Key of the principal who may see it; `null` for a task of an anonymous caller. */
  readonly owner: string | null;
  /**
   * Key of the person whose limits count the task, across clients and organizations. Default:
   * `owner`, for tasks that an earlier version stored.
   */
  readonly quotaKey?: string;
  /** Size of the arguments and the answers of a running task, in bytes. */
  readonly heldBytes?: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Milliseconds since the epoch. */
  readonly updatedAt: number;
  /** Time from `createdAt` after which the task expires, in milliseconds. */
  readonly ttlMs: number;
  readonly pollIntervalMs: number;
  /** Progress message of the handler. */
  readonly statusMessage?: string;
  /** Whether the application ends it, through `McpTasks.handle()`, after its handler has returned. */
  readonly detached?: true;
  readonly state: TaskState;
}

/** Whether a task has ended and will not change. */
export function isSettled({ state }: StoredTask): boolean {
  return state.status !== 'working' && state.status !== 'input_required';
}

/** Key of the person whose limits count a task; `null` for an anonymous caller. */
export function quotaKeyOf({ quotaKey, owner }: StoredTask): string | null {
  return quotaKey ?? owner;
}

/** Size of a task as JSON, with the arguments and answers of a running task, in bytes. */
export function bytesOf(task: StoredTask): number {
  const inputBytes = isSettled(task) ? 0 : (task.heldBytes ?? 0);
  return Buffer.byteLength(JSON.stringify(task)) + inputBytes;
}

/** @param now milliseconds since the epoch */
export function isExpired({ createdAt, ttlMs }: StoredTask, now: number): boolean {
  return createdAt + ttlMs <= now;
}

/** A task as `tasks/get` returns it (`DetailedTask`). */
export function toDetailedTask(task: StoredTask): Record<string, unknown> {
  const { status, ...details } = task.state;
  return { ...toTask(task), status, ...details };
}

/** A task without its result, as `tools/call` returns it (`Task`). */
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
