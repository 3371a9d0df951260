import { Injectable, type ExecutionContext } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { InProcessTaskStore, McpTaskStore } from '../../../src/mcp/tasks/task-store.js';
import { MCP_TASK_CLOCK, McpTasks } from '../../../src/mcp/tasks/mcp-tasks.js';
import { attachPrincipal, principalOf } from '../../../src/request/request-record.js';
import { NameGuard, mcpApp, startMcpApp, within, type McpAppOptions } from '../fixtures.js';
import { TaskClient, accept } from './task-client.js';
import { AliceOnly, Jobs, TaskTools } from './task-tools.js';

async function start(options: McpAppOptions = {}) {
  const clock = { now: Date.UTC(2026, 0, 1) };
  const { app, url } = await mcpApp([Jobs, AliceOnly, TaskTools], {
    ...options,
    override: (builder) => builder.overrideProvider(MCP_TASK_CLOCK).useValue(() => clock.now),
  });
  const store: InProcessTaskStore = app.get(McpTaskStore);
  return {
    clock,
    store,
    tasks: app.get(McpTasks),
    jobs: app.get(Jobs),
    alice: new TaskClient(url),
    url,
  };
}

/** Takes the scope of a caller for the name of its client. */
@Injectable()
class ManyClients extends NameGuard {
  override canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest();
    super.canActivate(context);
    const known = principalOf(request);
    attachPrincipal(request, known && { ...known, clientId: known.scopes?.[0] ?? '' });
    return true;
  }
}

it('a person has one share of tasks, through whatever clients', async () => {
  const { url } = await start({
    guards: [ManyClients],
    metadata: { providers: [ManyClients] },
    tasks: { maxPerPrincipal: 2 },
  });
  const startAs = (as: string) =>
    new TaskClient(url, as).send('tools/call', { name: 'must', arguments: { name: 'a' } });
  expect((await startAs('alice:one')).result.taskId).toBeDefined();
  expect((await startAs('alice:two')).result.taskId).toBeDefined();
  expect((await startAs('alice:three')).result?.taskId).toBeUndefined();
  expect((await startAs('bob:one')).result.taskId).toBeDefined();
});

describe('a task past its time to live', () => {
  it('is unknown, and not a moment earlier', async () => {
    const { alice, clock, jobs } = await start();
    const id = await alice.start('must', { name: 'a' });
    jobs.open('a');
    await alice.ended(id);
    clock.now += 999;
    expect((await alice.get(id)).result.status).toBe('completed');
    clock.now += 1;
    expect((await alice.get(id)).error?.code).toBe(-32602);
    expect((await alice.cancel(id)).error?.code).toBe(-32602);
  });

  it('is aborted and forgotten', async () => {
    const { alice, clock, jobs, tasks, store } = await start();
    await alice.start('must', { name: 'a' });
    const signal = await jobs.reached('a');
    const asking = await alice.start('sure');
    await alice.asked(asking);
    clock.now += 1_000;
    await tasks.sweep();
    expect(signal.aborted).toBe(true);
    expect({ running: tasks.running, kept: store.size }).toEqual({ running: 1, kept: 1 });
    clock.now += 15 * 60_000;
    await tasks.sweep();
    expect({ running: tasks.running, kept: store.size }).toEqual({ running: 0, kept: 0 });
  });

  it('shows its times by the clock of the server', async () => {
    const { alice, clock } = await start();
    const id = await alice.start('sure');
    const [key = ''] = await alice.asked(id);
    clock.now += 500;
    await alice.update(id, { [key]: accept({ sure: true }) });
    expect(await alice.ended(id)).toMatchObject({
      createdAt: '2026-01-01T00:00:00.000Z',
      lastUpdatedAt: '2026-01-01T00:00:00.500Z',
    });
  });
});

describe('too many tasks', () => {
  it('are refused to one principal, and not to another', async () => {
    const { alice, url, jobs } = await start({ tasks: { maxPerPrincipal: 2 } });
    const first = await alice.start('wait', { name: 'a' });
    await alice.start('wait', { name: 'b' });
    jobs.open('a');
    await alice.ended(first);
    expect((await alice.call('wait', { name: 'c' })).result).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('Too many tasks') }],
    });
    expect(jobs.log).toEqual(['a task', 'b task']);
    await new TaskClient(url, 'bob').start('wait', { name: 'd' });
  });

  it('are refused to everybody, until some have expired', async () => {
    const { alice, url, clock } = await start({ tasks: { max: 1 } });
    await alice.start('must', { name: 'a' });
    const bob = new TaskClient(url, 'bob');
    expect((await bob.call('wait', { name: 'b' })).result.isError).toBe(true);
    clock.now += 1_000;
    await bob.start('wait', { name: 'b' });
  });

  it('of anonymous callers leave half of the room to the others', async () => {
    const { alice, url } = await start({ tasks: { max: 2, anonymous: true } });
    const nobody = new TaskClient(url, null);
    await nobody.start('open');
    expect((await nobody.call('open')).result.isError).toBe(true);
    await alice.start('open');
  });

  it('are told to a handler that starts one', async () => {
    const { alice } = await start({ tasks: { max: 0 } });
    const inputResponses = { user: accept({ name: 'Ann' }) };
    expect((await alice.call('later', {}, { inputResponses })).result.isError).toBe(true);
  });
});

describe('a shutdown', () => {
  it('aborts the tasks that run or wait, and leaves nothing', async () => {
    const { app, url } = await startMcpApp([Jobs, AliceOnly, TaskTools]);
    const alice = new TaskClient(url);
    const tasks = app.get(McpTasks);
    const store = app.get(McpTaskStore);
    const running = await alice.start('wait', { name: 'a' });
    const signal = await app.get(Jobs).reached('a');
    const asking = await alice.start('sure');
    await alice.asked(asking);
    await within(app.close(), 'the shutdown');
    expect(signal.aborted).toBe(true);
    expect(tasks.running).toBe(0);
    for (const id of [running, asking]) {
      expect((await store.find(id))?.state).toMatchObject({ status: 'failed' });
    }
  });
});

describe('InProcessTaskStore', () => {
  it('returns to nothing after many tasks', async () => {
    const { alice, clock, store, tasks, jobs } = await start();
    jobs.open('a');
    const ids = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        index % 2 ? alice.start('wait', { name: 'a' }) : alice.start('sure'),
      ),
    );
    expect(store.size).toBe(40);
    await Promise.all(ids.map((id) => alice.cancel(id)));
    expect(tasks.running).toBe(0);
    clock.now += 15 * 60_000;
    await tasks.sweep();
    expect(store.size).toBe(0);
    expect(Reflect.get(store, 'counts')).toEqual(new Map());
    const runner: object = Reflect.get(tasks, 'runner');
    expect(Reflect.get(runner, 'live')).toEqual(new Map());
    expect(Reflect.get(runner, 'held')).toEqual(new Map());
  });

  it('does not bring back a task that is gone', async () => {
    const store = new InProcessTaskStore({
      max: 1,
      maxPerPrincipal: 1,
      maxBytes: 1_000,
      maxBytesPerPrincipal: 1_000,
    });
    const task = {
      id: 'x',
      tool: 'x',
      owner: null,
      createdAt: 0,
      updatedAt: 0,
      ttlMs: 1,
      pollIntervalMs: 1,
      state: { status: 'working' },
    } as const;
    expect(await store.add(task)).toBe(true);
    expect(await store.add({ ...task, id: 'y' })).toBe(false);
    await store.sweep(1);
    await store.save(task);
    expect(store.size).toBe(0);
  });
});
