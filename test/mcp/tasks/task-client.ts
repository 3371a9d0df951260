import type { TaskState } from '../../../src/extend.js';
import { rpc, within, type RpcOptions } from '../fixtures.js';

export const EXTENSION = 'io.modelcontextprotocol/tasks';

/** A task on the wire. */
export type WireTask = TaskState & {
  readonly resultType: string;
  readonly taskId: string;
  readonly statusMessage?: string;
  readonly ttlMs: number;
  readonly pollIntervalMs: number;
  readonly createdAt: string;
  readonly lastUpdatedAt: string;
};

export interface WireAnswer {
  readonly status: number;
  readonly result?: any;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** A client of the tasks extension, on behalf of one user. */
export class TaskClient {
  constructor(
    private readonly url: string,
    private readonly as: string | null = 'alice',
    private readonly capabilities: object = {
      elicitation: {},
      extensions: { [EXTENSION]: {} },
    },
  ) {}

  async send(
    method: string,
    params: Record<string, unknown>,
    options: RpcOptions = {},
  ): Promise<WireAnswer> {
    const response = await this.open(method, params, options);
    return { status: response.status, ...((await response.json()) as object) };
  }

  open(method: string, params: Record<string, unknown>, options: RpcOptions = {}) {
    const _meta = { 'io.modelcontextprotocol/clientCapabilities': this.capabilities };
    const { taskId } = params;
    const headers = typeof taskId === 'string' ? { 'mcp-name': taskId } : {};
    const as = this.as ?? undefined;
    return rpc(this.url, method, { _meta, ...params }, { as, headers, ...options });
  }

  call(name: string, args: object = {}, rest: object = {}): Promise<WireAnswer> {
    return this.send('tools/call', { name, arguments: args, ...rest });
  }

  /** Calls a tool that becomes a task, and gives its id. */
  async start(name: string, args: object = {}): Promise<string> {
    const { result, error } = await this.call(name, args);
    if (result?.resultType !== 'task') throw new Error(JSON.stringify(result ?? error));
    return result.taskId;
  }

  get(taskId: string): Promise<WireAnswer> {
    return this.send('tasks/get', { taskId });
  }

  update(taskId: string, inputResponses: unknown): Promise<WireAnswer> {
    return this.send('tasks/update', { taskId, inputResponses });
  }

  cancel(taskId: string): Promise<WireAnswer> {
    return this.send('tasks/cancel', { taskId });
  }

  /** Asks for a task until it is no longer in one of these states. */
  async past(taskId: string, ...states: string[]): Promise<WireTask> {
    const poll = async (): Promise<WireTask> => {
      const { result, error } = await this.get(taskId);
      if (error) throw new Error(error.message);
      return states.includes(result.status) ? poll() : result;
    };
    return within(poll(), `the end of ${states.join(' and ')}`);
  }

  /** Asks for a task until it has ended. */
  ended(taskId: string): Promise<WireTask> {
    return this.past(taskId, 'working', 'input_required');
  }

  /** Asks for a task until it wants input, and gives the keys of what it asks. */
  async asked(taskId: string): Promise<string[]> {
    const task = await this.past(taskId, 'working');
    if (task.status !== 'input_required') throw new Error(`The task has ${task.status}`);
    return Object.keys(task.inputRequests);
  }
}

export const accept = (content: object) => ({ action: 'accept', content });
