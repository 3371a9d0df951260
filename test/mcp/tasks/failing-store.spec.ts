import { describe, expect, it } from 'vitest';
import { InProcessTaskStore, McpTaskStore } from '../../../src/mcp/tasks/task-store.js';
import type { StoredTask } from '../../../src/mcp/tasks/stored-task.js';
import { McpTasks } from '../../../src/mcp/tasks/mcp-tasks.js';
import { mcpApp } from '../fixtures.js';
import { TaskClient } from './task-client.js';
import { AliceOnly, Jobs, TaskTools } from './task-tools.js';
import { eventually } from '../../support/within.js';

const LIMITS = { max: 10, maxPerPrincipal: 10, maxBytes: 1e6, maxBytesPerPrincipal: 1e6 };

/** A store in this process that is broken as long as a test says. */
class FlakyStore extends InProcessTaskStore {
  broken: (() => Promise<never>) | undefined;

  override async add(task: StoredTask) {
    return this.broken ? this.broken() : super.add(task);
  }
  override async find(id: string) {
    return this.broken ? this.broken() : super.find(id);
  }
  override async save(task: StoredTask) {
    return this.broken ? this.broken() : super.save(task);
  }
  override async sweep(now: number) {
    return this.broken ? this.broken() : super.sweep(now);
  }
}

async function start() {
  const store = new FlakyStore(LIMITS);
  const { app, url, log } = await mcpApp([Jobs, AliceOnly, TaskTools], {
    seamTimeoutMs: 20,
    override: (builder) => builder.overrideProvider(McpTaskStore).useValue(store),
  });
  return { store, log, tasks: app.get(McpTasks), jobs: app.get(Jobs), alice: new TaskClient(url) };
}

describe.each([
  ['fails', () => Promise.reject(new Error('ECONNREFUSED 6379'))],
  ['hangs', () => new Promise<never>(() => undefined)],
])('while the task store %s', (_, broken) => {
  it('a new task is refused with -32603, and its handler does not run', async () => {
    const { alice, store, jobs, log } = await start();
    store.broken = broken;
    const { status, error } = await alice.call('wait', { name: 'a' });
    expect({ status, error }).toEqual({
      status: 200,
      error: { code: -32603, message: expect.stringContaining('Try again') },
    });
    expect(jobs.log).toEqual([]);
    expect(log.lines.join()).not.toContain('ECONNREFUSED');
    expect(log.errors).toEqual([]);
  });

  it('a task that this node does not run is not called unknown', async () => {
    const { alice, store } = await start();
    store.broken = broken;
    expect((await alice.get('elsewhere')).error?.code).toBe(-32603);
    expect((await alice.cancel('elsewhere')).error?.code).toBe(-32603);
    store.broken = undefined;
    expect((await alice.get('elsewhere')).error?.code).toBe(-32602);
  });

  it('a task that runs goes on: progress does not fail it, and its client reads it', async () => {
    const { alice, store, jobs, tasks, log } = await start();
    const id = await alice.start('report', { name: 'a' });
    await jobs.reached('a');
    store.broken = broken;
    jobs.open('a');
    await jobs.reached('a again');
    expect((await alice.get(id)).result).toMatchObject({
      status: 'working',
      statusMessage: 'nearly there',
    });
    jobs.open('a again');
    expect(await alice.ended(id)).toMatchObject({ status: 'completed' });
    expect(tasks.running).toBe(0);
    expect(log.lines.filter((line) => line.includes('McpTaskStore'))).toHaveLength(1);
    store.broken = undefined;
    const saved = async () => expect((await store.find(id))?.state.status).toBe('completed');
    await eventually(saved);
    expect(await alice.ended(id)).toMatchObject({ status: 'completed' });
  });

  it('a task can be cancelled, and stays so', async () => {
    const { alice, store, jobs } = await start();
    const id = await alice.start('wait', { name: 'a' });
    const signal = await jobs.reached('a');
    store.broken = broken;
    expect((await alice.cancel(id)).error).toBeUndefined();
    expect(signal.aborted).toBe(true);
    expect((await alice.get(id)).result.status).toBe('cancelled');
  });
});

it('a task that was cancelled at another node ends here as well', async () => {
  const { alice, store, jobs } = await start();
  const id = await alice.start('report', { name: 'a' });
  const signal = await jobs.reached('a');
  const task = await store.find(id);
  await store.save({ ...(task as StoredTask), state: { status: 'cancelled' } });
  jobs.open('a');
  expect(await alice.ended(id)).toMatchObject({ status: 'cancelled' });
  expect(signal.aborted).toBe(true);
});
