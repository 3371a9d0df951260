import { beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../support/within.js';
import { SharedTaskStore } from '../../../src/mcp/tasks/shared-task-store.js';
import type { StoredTask } from '../../../src/mcp/tasks/stored-task.js';
import { CANCELLED } from '../../../src/mcp/tasks/task-endings.js';
import { ServiceOfNodes, type NodeInProcess } from '../../support/service-of-nodes.js';

const LIMITS = { max: 4, maxPerPrincipal: 3, maxBytes: 64_000, maxBytesPerPrincipal: 32_000 };

describe('SharedTaskStore', () => {
  let service: ServiceOfNodes;
  let nodes: [NodeInProcess, NodeInProcess];
  let one: SharedTaskStore;
  let other: SharedTaskStore;
  let clock: number;

  beforeEach(() => {
    service = new ServiceOfNodes();
    clock = Date.UTC(2026, 0, 1);
    nodes = [service.node(), service.node()];
    [one, other] = [storeAt(nodes[0]), storeAt(nodes[1])];
  });

  const storeAt = (node: NodeInProcess, server = 'mcp', skew = 0) =>
    new SharedTaskStore(node, LIMITS, server, () => clock + skew);

  const task = (more: Partial<StoredTask> = {}): StoredTask => ({
    id: `${nodes[0].nodeId}.1`,
    tool: 'tool',
    owner: 'alice',
    createdAt: clock,
    updatedAt: clock,
    ttlMs: 900_000,
    pollIntervalMs: 1,
    state: { status: 'working' },
    ...more,
  });
  const asks = (...keys: string[]): StoredTask['state'] => ({
    status: 'input_required',
    inputRequests: Object.fromEntries(
      keys.map((key) => [key, { method: 'roots/list' as const, params: {} }]),
    ),
  });
  const keyOf = ({ id }: StoredTask) => `task of mcp ${id}`;
  const stored = async (about: StoredTask) => (await nodes[0].records.get(keyOf(about)))?.value;

  it('never replaces an end, whoever knew an earlier state', async () => {
    const first = task();
    await one.add(first);
    const cancelled = await other.settle(first.id, CANCELLED);
    expect(cancelled?.isChanged).toBe(true);
    const completed = task({ state: { status: 'completed', result: { content: [] } } });
    expect((await one.replace(completed))?.state).toEqual(CANCELLED);
    expect((await other.settle(first.id, completed.state))?.isChanged).toBe(false);
    expect((await other.find(first.id))?.state).toEqual(CANCELLED);
  });

  it('keeps what others wrote into the record: answers, watchers, members of a newer version', async () => {
    const first = task({ state: asks('a', 'b') });
    await one.add(first);
    await other.keepAnswers(first.id, { a: { roots: [] }, c: {} });
    await other.watch(first.id);
    const found = await nodes[1].records.get(keyOf(first));
    const newer = { ...found?.value, later: { member: true } };
    await nodes[1].records.put(keyOf(first), newer, { ttlMs: 60_000 });
    await one.replace({ ...first, statusMessage: 'asking' });
    expect(await stored(first)).toMatchObject({
      v: 1,
      answers: { a: { roots: [] } },
      watched: true,
      later: { member: true },
      task: { statusMessage: 'asking' },
    });
    await one.replace({ ...first, state: asks('b') });
    expect(await stored(first)).not.toHaveProperty('answers');
    expect(await stored(first)).toMatchObject({ watched: true, later: { member: true } });
  });

  it.each([
    ['another version', { v: 2, task: { any: 'thing' } }],
    ['no task', { v: 1 }],
    ['a state that no version has', { v: 1, task: { ...({} as StoredTask), state: 'done' } }],
  ])('takes a record with %s for none, and leaves it alone', async (_, record) => {
    const first = task();
    await nodes[0].records.put(keyOf(first), record, { ttlMs: 60_000 });
    expect(await other.find(first.id)).toBeUndefined();
    expect(await other.settle(first.id, CANCELLED)).toBeUndefined();
    expect(await one.replace(first)).toBeUndefined();
    expect(await one.add(first)).toBe(false);
    expect(await other.keepAnswers(first.id, {})).toBeUndefined();
  });

  it('does not mix the servers of an application', async () => {
    const admin = storeAt(nodes[0], 'admin');
    await one.add(task());
    expect(await admin.find(task().id)).toBeUndefined();
    expect(await admin.idsOf(nodes[0].nodeId)).toEqual([]);
  });

  it('refuses tasks over a limit without leaving anything behind', async () => {
    const ids = ['1', '2', '3', '4', '5'].map((n) => `${nodes[0].nodeId}.${n}`);
    const added = [];
    for (const id of ids) added.push(await one.add(task({ id })));
    expect(added).toEqual([true, true, true, false, false]);
    expect(await other.add(task({ id: ids[3] ?? '', owner: 'bob' }))).toBe(true);
    expect(await other.add(task({ id: ids[4] ?? '', owner: 'bob' }))).toBe(false);
    expect([...(await other.idsOf(nodes[0].nodeId))].toSorted()).toEqual(ids.slice(0, 4));
    expect(await other.find(ids[4] ?? '')).toBeUndefined();
  });

  it('frees the bytes of arguments when a task ends', async () => {
    const large = task({ heldBytes: 30_000 });
    const second = { ...task({ heldBytes: 30_000 }), id: `${nodes[0].nodeId}.2` };
    expect(await one.add(large)).toBe(true);
    expect(await one.add(second)).toBe(false);
    await one.replace({ ...large, state: { status: 'cancelled' } });
    expect(await one.add(second)).toBe(true);
  });

  it('finds a task that was stored although its node had given up, and removes it', async () => {
    await one.add(task());
    expect(one.orphans((id) => id === task().id)).toEqual([]);
    expect(one.orphans(() => false)).toEqual([task().id]);
    await one.discard(task().id);
    expect(await other.find(task().id)).toBeUndefined();
    expect(one.orphans(() => false)).toEqual([]);
  });

  it('does not shorten the life of a task because the clock of a node is wrong', async () => {
    const first = task();
    await one.add(first);
    const late = storeAt(nodes[1], 'mcp', 3_600_000);
    await late.watch(first.id);
    expect((await one.replace({ ...first, statusMessage: 'alive' }))?.statusMessage).toBe('alive');
    expect((await late.find(first.id))?.statusMessage).toBe('alive');
  });

  it('costs four commands to start, one for a change, and two to end', async () => {
    const { commands: calls } = service;
    calls.length = 0;
    await one.add(task());
    expect(calls.splice(0)).toHaveLength(4);
    await one.replace(task({ statusMessage: 'x' }));
    expect(calls.splice(0)).toEqual(['records.put']);
    await one.replace(task({ state: { status: 'completed', result: { content: [] } } }));
    await eventually(() => expect(calls).toEqual(['records.put', 'counters.leave']));
  });
});
