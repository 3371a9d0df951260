import { describe, expect, it } from 'vitest';
import { McpNotifier } from '../../../src/index.js';
import { McpTasks } from '../../../src/mcp/tasks/mcp-tasks.js';
import { mcpApp, within } from '../fixtures.js';
import { TaskClient } from './task-client.js';
import { listen } from './task-listener.js';
import { AliceOnly, Jobs, TaskTools } from './task-tools.js';

async function start() {
  const { app, url } = await mcpApp([Jobs, AliceOnly, TaskTools]);
  const tasks = app.get(McpTasks);
  return { app, tasks, jobs: app.get(Jobs), url, alice: new TaskClient(url) };
}

describe('a subscription to tasks', () => {
  it('tells what tasks/get would tell, from now to the end, and ends with the last task', async () => {
    const { alice, jobs, tasks } = await start();
    const id = await alice.start('wait', { name: 'a' });
    const { next } = await listen(alice, { taskIds: [id] });
    expect((await next()).params.notifications).toEqual({ taskIds: [id] });
    const working = await next();
    expect(working).toMatchObject({ method: 'notifications/tasks', params: { status: 'working' } });
    jobs.open('a');
    const { params } = await next();
    const { _meta, resultType: _resultType, ...task } = (await alice.get(id)).result;
    expect(params).toMatchObject(task);
    expect(params.status).toBe('completed');
    expect(Object.keys(params._meta)).toEqual(['io.modelcontextprotocol/subscriptionId']);
    expect((await next()).result.resultType).toBe('complete');
    expect(await next()).toBeUndefined();
    expect(Reflect.get(tasks, 'watchers')).toEqual(new Map());
  });

  it('tells of what else it was opened for, too', async () => {
    const { app, alice, jobs } = await start();
    const id = await alice.start('wait', { name: 'a' });
    const { next, close } = await listen(alice, { taskIds: [id], toolsListChanged: true });
    expect((await next()).params.notifications).toEqual({ taskIds: [id], toolsListChanged: true });
    expect((await next()).params.status).toBe('working');
    jobs.open('a');
    expect((await next()).params.status).toBe('completed');
    app.get(McpNotifier).toolsChanged();
    expect((await next()).method).toBe('notifications/tools/list_changed');
    close();
  });

  it('does not know the tasks of others', async () => {
    const { alice, url } = await start();
    const id = await alice.start('wait', { name: 'a' });
    const { next } = await listen(new TaskClient(url, 'bob'), { taskIds: [id, 'unknown'] });
    expect((await next()).params.notifications).toEqual({ taskIds: [] });
    expect(await next()).toHaveProperty('result');
    expect(await next()).toBeUndefined();
  });

  it('is refused to a client that does not name the extension', async () => {
    const { url } = await start();
    const plain = new TaskClient(url, 'alice', {});
    const params = { notifications: { taskIds: ['x'] } };
    const { status, error } = await plain.send('subscriptions/listen', params);
    expect({ status, code: error?.code }).toEqual({ status: 400, code: -32021 });
  });

  it('ends with the server', async () => {
    const { app, alice } = await start();
    const id = await alice.start('wait', { name: 'a' });
    const { next } = await listen(alice, { taskIds: [id] });
    await next();
    await next();
    await within(app.close(), 'the shutdown');
    expect((await next()).params.status).toBe('failed');
    expect(await next()).toHaveProperty('result');
    expect(await next()).toBeUndefined();
  });

  it('leaves nothing behind when the client goes away', async () => {
    const { alice, tasks, jobs } = await start();
    const id = await alice.start('wait', { name: 'a' });
    const { next, close } = await listen(alice, { taskIds: [id] });
    await next();
    await next();
    close();
    await within(unwatched(tasks), 'the end of the watch');
    jobs.open('a');
    expect(await alice.ended(id)).toMatchObject({ status: 'completed' });
  });
});

async function unwatched(tasks: McpTasks): Promise<void> {
  while (Reflect.get(tasks, 'watchers').size > 0) await new Promise(setImmediate);
}
