import { expect, it } from 'vitest';
import type { RequestAccess } from '../../../src/access/request-access.js';
import { PUBLIC } from '../../../src/access/access-rule.js';
import type { McpTasks, TaskListener } from '../../../src/mcp/tasks/mcp-tasks.js';
import type { StoredTask } from '../../../src/mcp/tasks/stored-task.js';
import { withTaskStatus } from '../../../src/mcp/tasks/task-subscription.js';

const TASK: StoredTask = {
  id: 'task',
  tool: 'tool',
  owner: null,
  createdAt: 0,
  updatedAt: 0,
  ttlMs: 1_000,
  pollIntervalMs: 1_000,
  state: { status: 'working' },
};

/** The stream of the SDK: what it will tell of, and nothing more. */
function acknowledged(): Response {
  const message = { jsonrpc: '2.0', method: 'x', params: { notifications: { other: true } } };
  const body = new ReadableStream({
    start: (controller) =>
      controller.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(message)}\n\n`)),
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

it('A client that does not read is kept the latest state of each task, and no other', async () => {
  let change: TaskListener = () => undefined;
  const watching = new Promise<void>((resolve) => {
    Reflect.set(tasks, 'watch', (_id: string, listener: TaskListener) => {
      change = listener;
      resolve();
      return () => undefined;
    });
  });
  const access = { decide: () => ({ allowed: true }), anew: () => access };
  const connection = new AbortController();
  const response = await withTaskStatus(
    acknowledged(),
    { subscriptionId: 1, isSupported: true, tasks: [{ task: TASK, rule: PUBLIC }] },
    { tasks: tasks as unknown as McpTasks, access: access as unknown as RequestAccess },
    connection.signal,
  );
  await watching;
  const statusMessage = 'x'.repeat(10_000);
  for (let index = 0; index < 1_000; index += 1) change({ ...TASK, statusMessage });
  change({ ...TASK, state: { status: 'cancelled' } });

  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes('cancelled')) text += (await reader?.read())?.value;
  connection.abort();
  expect(text.split('notifications/tasks').length).toBeLessThan(15);
});

const tasks = { getWatched: async () => TASK, belongsTo: () => true, canWatch: () => true };
