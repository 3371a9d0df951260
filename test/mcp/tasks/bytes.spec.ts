import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { describe, expect, it } from 'vitest';
import { McpTool } from '../../../src/index.js';
import { InProcessTaskStore, McpTaskStore } from '../../../src/mcp/tasks/task-store.js';
import { bytesOf, type StoredTask } from '../../../src/mcp/tasks/stored-task.js';
import { boot, mcpApp } from '../fixtures.js';
import { TaskClient } from './task-client.js';

@Injectable()
class Large {
  @McpTool({
    description: 'Gives as many characters as it is asked for',
    input: z.object({ size: z.number(), padding: z.string().optional() }),
    task: 'required',
  })
  letters({ size }: { size: number }) {
    return 'x'.repeat(size);
  }
}

const task = (id: string, changes: Partial<StoredTask> = {}): StoredTask => ({
  id,
  tool: 'tool',
  owner: 'alice at client',
  quotaKey: 'alice',
  createdAt: 0,
  updatedAt: 0,
  ttlMs: 1_000,
  pollIntervalMs: 1,
  state: { status: 'working' },
  ...changes,
});
const done = (id: string, size: number, changes: Partial<StoredTask> = {}) =>
  task(id, {
    state: { status: 'completed', result: { content: [{ type: 'text', text: 'x'.repeat(size) }] } },
    ...changes,
  });

const LIMITS = { max: 100, maxPerPrincipal: 100, maxBytes: 20_000, maxBytesPerPrincipal: 10_000 };

describe('the bytes of an InProcessTaskStore', () => {
  const idsIn = async (store: InProcessTaskStore, ...ids: string[]) => {
    const found = await Promise.all(ids.map((id) => store.find(id)));
    return found.flatMap((one) => (one ? [one.id] : []));
  };
  const settle = async (store: InProcessTaskStore, settled: StoredTask) => {
    await store.add(task(settled.id, { owner: settled.owner, quotaKey: settled.quotaKey ?? '' }));
    const hasRoom = store.reserve(settled);
    if (hasRoom) await store.save(settled);
    return hasRoom;
  };

  it('are those of each task as JSON, with its result', async () => {
    const store = new InProcessTaskStore(LIMITS);
    await settle(store, done('a', 3_000));
    expect(store.byteSize).toBe(bytesOf(done('a', 3_000)));
    await store.sweep(1_000);
    expect(store.byteSize).toBe(0);
    expect(Reflect.get(store, 'bytesOfOwners')).toEqual(new Map());
    expect(Reflect.get(store, 'bytes')).toEqual(new Map());
  });

  it('are made room in by the settled tasks of the same person, the oldest first', async () => {
    const store = new InProcessTaskStore(LIMITS);
    await settle(store, done('a', 4_000));
    await settle(store, done('b', 4_000, { owner: 'alice at another client' }));
    await settle(store, done('of bob', 4_000, { owner: 'bob', quotaKey: 'bob' }));
    expect(await settle(store, done('c', 4_000))).toBe(true);
    expect(await idsIn(store, 'a', 'b', 'c', 'of bob')).toEqual(['b', 'c', 'of bob']);
  });

  it('do not take those that run: what cannot fit is refused, and nothing has gone', async () => {
    const store = new InProcessTaskStore(LIMITS);
    await settle(store, done('a', 4_000));
    await store.add(task('running', { heldBytes: 5_000 }));
    expect(await settle(store, done('b', 9_000))).toBe(false);
    expect(await idsIn(store, 'a', 'running', 'b')).toEqual(['a', 'running', 'b']);
  });

  it('count the arguments of a task while it runs, and not when it is done', async () => {
    const store = new InProcessTaskStore(LIMITS);
    expect(await store.add(task('a', { heldBytes: 9_500 }))).toBe(true);
    expect(await store.add(task('b', { heldBytes: 500 }))).toBe(false);
    await store.save(done('a', 10, { heldBytes: 9_500 }));
    expect(await store.add(task('b', { heldBytes: 500 }))).toBe(true);
  });

  it('of all are bounded, and anonymous callers share half of them', async () => {
    const store = new InProcessTaskStore({ ...LIMITS, maxBytes: 15_000 });
    expect(
      await store.add(task('a', { owner: null, quotaKey: undefined, heldBytes: 8_000 } as never)),
    ).toBe(false);
    expect(await store.add(task('b', { heldBytes: 9_000 }))).toBe(true);
    expect(await store.add(task('c', { quotaKey: 'bob', heldBytes: 9_000 }))).toBe(false);
  });

  it('and the number of tasks are those of a person, through whatever client', async () => {
    const store = new InProcessTaskStore({ ...LIMITS, maxPerPrincipal: 1 });
    expect(await store.add(task('a'))).toBe(true);
    expect(await store.add(task('b', { owner: 'alice at another client' }))).toBe(false);
    expect(await store.add(task('c', { owner: 'bob', quotaKey: 'bob' }))).toBe(true);
  });

  it('never replaces a settled task', async () => {
    const store = new InProcessTaskStore(LIMITS);
    await settle(store, task('a', { state: { status: 'cancelled' } }));
    await store.save(done('a', 10));
    expect((await store.find('a'))?.state.status).toBe('cancelled');
  });
});

describe('a task', () => {
  const start = async () => {
    const { app, url } = await mcpApp([Large], {
      tasks: { maxBytes: 30_000, maxBytesPerPrincipal: 10_000 },
    });
    const store: InProcessTaskStore = app.get(McpTaskStore);
    return { store, alice: new TaskClient(url), bob: new TaskClient(url, 'bob') };
  };

  it('whose result has no room fails, and says why', async () => {
    const { alice, store } = await start();
    const id = await alice.start('letters', { size: 20_000 });
    expect(await alice.ended(id)).toMatchObject({
      status: 'failed',
      error: { code: -32603, message: expect.stringContaining('too large') },
    });
    expect(store.byteSize).toBeLessThan(1_000);
  });

  it('gives way to a newer one of its owner, and to nobody else', async () => {
    const { alice, bob } = await start();
    const first = await alice.start('letters', { size: 6_000 });
    await alice.ended(first);
    await bob.ended(await bob.start('letters', { size: 6_000 }));
    expect((await alice.get(first)).result.status).toBe('completed');
    const second = await alice.start('letters', { size: 6_000 });
    expect((await alice.ended(second)).status).toBe('completed');
    expect((await alice.get(first)).error?.code).toBe(-32602);
  });

  it('is refused where its arguments have no room', async () => {
    const { alice } = await start();
    const { result } = await alice.call('letters', { size: 1, padding: 'x'.repeat(12_000) });
    expect(result).toMatchObject({ isError: true });
  });
});

it.each([
  [{ maxBytes: 0 }, 'tasks.maxBytes is 0'],
  [{ maxBytesPerPrincipal: 1.5 }, 'tasks.maxBytesPerPrincipal is 1.5'],
])('the boot is stopped by %o', async (tasks, problem) => {
  await expect(boot([], { tasks })).rejects.toThrow(problem);
});
