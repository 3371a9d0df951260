import { signal } from '@preact/signals';
import { rawRequest, RpcError } from './raw.js';
import { messageOf } from './session.js';
import { askElicitation, askRoots, askSampling } from './questions.js';

/** A task that this page has started. */
export interface Task {
  readonly id: string;
  readonly tool: string;
  readonly status: string;
  readonly message: string | undefined;
  readonly startedAt: number;
  readonly pollMs: number;
  readonly result?: Record<string, unknown>;
  readonly error?: string;
  /** Why the last look at it failed; it goes on. */
  readonly lost?: Lost | undefined;
}

interface Lost {
  readonly message: string;
  /** HTTP status, if the server has answered. */
  readonly status: number | undefined;
}

export const tasks = signal<readonly Task[]>([]);
const MAX_TASKS = 50;
const ENDED = new Set(['completed', 'failed', 'cancelled', 'lost']);
export const isRunning = ({ status }: Task): boolean => !ENDED.has(status);

function change(id: string, changes: Partial<Task>): void {
  tasks.value = tasks.value.map((task) => (task.id === id ? { ...task, ...changes } : task));
}

/** Follows a task until it ends. @param created the result of the call that started it */
export function addTask(tool: string, created: Record<string, unknown>): void {
  const id = String(created['taskId']);
  const task: Task = { id, tool, startedAt: Date.now(), ...read(created) };
  tasks.value = [task, ...tasks.value.slice(0, MAX_TASKS - 1)];
  void follow(id);
}

function read(state: Record<string, unknown>): Pick<Task, 'status' | 'message' | 'pollMs'> {
  const { status, statusMessage, pollIntervalMs } = state;
  return {
    status: String(status),
    message: typeof statusMessage === 'string' ? statusMessage : undefined,
    pollMs: Math.max(250, Number(pollIntervalMs) || 1_000),
  };
}

const answered = new Set<string>();

async function follow(id: string): Promise<void> {
  for (;;) {
    const task = tasks.value.find((one) => one.id === id);
    if (!task || !isRunning(task)) return;
    await new Promise((resolve) => setTimeout(resolve, task.pollMs));
    try {
      const state = await rawRequest('tasks/get', { taskId: id });
      const { result, error, inputRequests } = state;
      change(id, {
        ...read(state),
        ...(result !== undefined && { result: result as Record<string, unknown> }),
        ...(error !== undefined && { error: String(Object(error).message) }),
      });
      if (state['status'] === 'input_required') await answer(id, Object(inputRequests));
    } catch (error) {
      change(id, { lost: lostBy(error), status: 'lost' });
      return;
    }
  }
}

/** Asks the questions of a task, and sends the answers. */
async function answer(id: string, requests: Record<string, unknown>): Promise<void> {
  const responses: Record<string, unknown> = {};
  for (const [key, request] of Object.entries(requests)) {
    if (answered.has(`${id} ${key} ${JSON.stringify(request)}`)) continue;
    const { method, params } = Object(request) as { method?: string; params?: never };
    if (method === 'elicitation/create') responses[key] = await askElicitation(params as never);
    else if (method === 'roots/list') {
      responses[key] = { roots: (await askRoots()).map((uri) => ({ uri })) };
    } else {
      const text = await askSampling(params as never);
      const content = { type: 'text', text };
      responses[key] = { role: 'assistant', model: 'a person at the explorer', content };
    }
    answered.add(`${id} ${key} ${JSON.stringify(request)}`);
  }
  if (Object.keys(responses).length === 0) return;
  await rawRequest('tasks/update', { taskId: id, inputResponses: responses });
}

export async function cancelTask(id: string): Promise<void> {
  try {
    await rawRequest('tasks/cancel', { taskId: id });
    change(id, { status: 'cancelled' });
  } catch (error) {
    change(id, { lost: lostBy(error) });
  }
}

/** Looks at a task again that was lost out of sight: it went on at the server. */
export function lookAgain(id: string): void {
  change(id, { status: 'working', lost: undefined });
  void follow(id);
}

function lostBy(error: unknown): Lost {
  const status = error instanceof RpcError ? error.status : undefined;
  return { message: messageOf(error), status };
}
