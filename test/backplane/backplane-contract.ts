import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backplane } from '../../src/backplane/backplane.js';
import { eventually } from '../support/within.js';
import { describeMessages } from './messages-contract.js';
import { fresh, type TwoNodes } from './two-nodes.js';

const MINUTE = 60_000;

/** What holds for every backplane: one expectation over all implementations. */
export function describeBackplane(start: () => Promise<TwoNodes>): void {
  let nodes: TwoNodes;
  let one: Backplane;
  let other: Backplane;

  beforeAll(async () => {
    nodes = await start();
    ({ one, other } = nodes);
  });

  afterAll(() => nodes.close());

  describe('records', () => {
    it('are read at every node as they were written', async () => {
      const key = fresh();
      const value = { v: 1, text: 'é\n"', nested: { list: [1, null, true] }, unknown: 'kept' };

      const revision = await one.records.put(key, value, { ttlMs: MINUTE });

      expect(await other.records.get(key)).toEqual({ value, revision });
      expect(await other.records.get(fresh())).toBeUndefined();
    });

    it('are created once', async () => {
      const key = fresh();
      const written = await Promise.all(
        [one, other, one, other].map((node, index) =>
          node.records.put(key, { index }, { ttlMs: MINUTE, revision: 0 }),
        ),
      );

      expect(written.filter((revision) => revision !== undefined)).toHaveLength(1);
    });

    it('are replaced only where they have the expected revision', async () => {
      const key = fresh();
      const first = await one.records.put(key, { n: 1 }, { ttlMs: MINUTE, revision: 0 });
      const second = await other.records.put(
        key,
        { n: 2 },
        { ttlMs: MINUTE, revision: first ?? -1 },
      );

      expect(second).toBeGreaterThan(first ?? Infinity);
      expect(await one.records.put(key, { n: 3 }, { ttlMs: MINUTE, revision: first ?? -1 })).toBe(
        undefined,
      );
      expect(await one.records.get(key)).toEqual({ value: { n: 2 }, revision: second });
    });

    it('never have an earlier revision after they were deleted', async () => {
      const key = fresh();
      const first = await one.records.put(key, {}, { ttlMs: MINUTE });
      expect(await one.records.delete(key, (first ?? 0) + 1)).toBe(false);
      expect(await other.records.delete(key, first)).toBe(true);
      expect(await one.records.delete(key)).toBe(false);

      const again = await one.records.put(key, {}, { ttlMs: MINUTE, revision: 0 });

      expect(again).toBeGreaterThan(first ?? Infinity);
    });

    it('end after their lifetime, unless it is renewed', async () => {
      const [short, renewed] = [fresh(), fresh()];
      await one.records.put(short, {}, { ttlMs: 20 });
      await one.records.put(renewed, {}, { ttlMs: MINUTE });
      expect(await other.records.touch(renewed, 2 * MINUTE)).toBe(true);

      await eventually(async () => expect(await other.records.get(short)).toBeUndefined());

      expect(await other.records.touch(short, MINUTE)).toBe(false);
      expect(await other.records.get(renewed)).toBeDefined();
    });

    it('lose no change of many writers that compare and set', async () => {
      const key = fresh();
      await one.records.put(key, { n: 0 }, { ttlMs: MINUTE });
      const add = async (node: Backplane): Promise<void> => {
        for (;;) {
          const found = await node.records.get(key);
          const n = Number(found?.value['n']) + 1;
          const write = { ttlMs: MINUTE, revision: found?.revision ?? 0 };
          if ((await node.records.put(key, { n }, write)) !== undefined) return;
        }
      };

      await Promise.all(Array.from({ length: 20 }, (_, index) => add(index % 2 ? one : other)));

      expect((await one.records.get(key))?.value).toEqual({ n: 20 });
    });
  });

  describeMessages(() => nodes);

  describe('counters', () => {
    it('add the hits of all nodes', async () => {
      const key = fresh();
      const hits = { key, windowMs: 3_600_000, hits: 2 };
      await one.counters.addHits([hits]);
      await other.counters.addHits([hits]);

      const [sums] = await one.counters.addHits([{ ...hits, hits: 0 }]);

      // The window may have ended in between.
      expect((sums?.current ?? 0) + (sums?.earlier ?? 0)).toBe(4);
      expect(sums?.elapsedMs).toBeGreaterThanOrEqual(0);
      expect(sums?.elapsedMs).toBeLessThan(3_600_000);
    });

    it('count up to a limit, whoever asks', async () => {
      const key = fresh();
      const counted = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          (index % 2 ? one : other).counters.addHits([
            { key, windowMs: 3_600_000, hits: 1, limit: 4 },
          ]),
        ),
      );

      expect(counted.flat().filter(({ isCounted }) => isCounted)).toHaveLength(4);
    });

    it('begin again when the windows are over', async () => {
      const key = fresh();
      await one.counters.addHits([{ key, windowMs: 20, hits: 5 }]);

      await eventually(async () => {
        const [sums] = await other.counters.addHits([{ key, windowMs: 20, hits: 0 }]);
        expect(sums).toMatchObject({ current: 0, earlier: 0 });
      });
    });

    it('let so many members into a set', async () => {
      const set = fresh();
      const entry = { max: 2, ttlMs: MINUTE };
      const entered = [];
      for (const member of ['a', 'b', 'c', 'a']) {
        entered.push((await one.counters.enter(set, member, entry)).isMember);
      }

      expect(entered).toEqual([true, true, false, true]);
      await other.counters.leave(set, 'a');
      expect((await other.counters.enter(set, 'c', entry)).isMember).toBe(true);
      // Both may have entered in one millisecond.
      expect([...(await one.counters.members(set))].toSorted()).toEqual(['b', 'c']);
    });

    it('evict the member that entered longest ago, where that is asked for', async () => {
      const set = fresh();
      const entry = { max: 2, ttlMs: MINUTE, evicts: true };
      for (const member of ['a', 'b']) await one.counters.enter(set, member, entry);
      await tick();
      await other.counters.enter(set, 'a', entry);

      expect(await one.counters.enter(set, 'c', entry)).toEqual({
        isMember: true,
        evicted: ['b'],
      });
      expect([...(await other.counters.members(set))].toSorted()).toEqual(['a', 'c']);
    });

    it('keep each member for its own time, and remove the one that falls out first', async () => {
      const set = fresh();
      const entry = { max: 2, evicts: true };
      await one.counters.enter(set, 'long', { ...entry, ttlMs: MINUTE });
      await other.counters.enter(set, 'short', { ...entry, ttlMs: 20 });
      await eventually(async () => expect(await one.counters.members(set)).toEqual(['long']));
      // A set that lived as long as the member that entered last would be gone by then.
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      await other.counters.enter(set, 'middle', { ...entry, ttlMs: MINUTE / 2 });

      expect(await one.counters.members(set)).toEqual(['middle', 'long']);
      expect(await one.counters.enter(set, 'last', { ...entry, ttlMs: MINUTE })).toEqual({
        isMember: true,
        evicted: ['middle'],
      });
    });

    it('let members fall out after their time', async () => {
      const set = fresh();
      await one.counters.enter(set, 'a', { max: 1, ttlMs: 20 });

      await eventually(async () => expect(await other.counters.members(set)).toEqual([]));

      expect((await other.counters.enter(set, 'b', { max: 1, ttlMs: MINUTE })).isMember).toBe(true);
    });

    it('keep a member with a long time beside one with a short time', async () => {
      const set = fresh();
      await one.counters.enter(set, 'long', { max: 2, ttlMs: MINUTE });
      await one.counters.enter(set, 'short', { max: 2, ttlMs: 20 });

      await eventually(async () => expect(await other.counters.members(set)).toEqual(['long']));

      // A second after its shortest member, a set that forgot the longest one would be gone.
      await pause(1_100);
      expect(await other.counters.members(set)).toEqual(['long']);
    });
  });

  describe('leases', () => {
    it('know who lives', async () => {
      expect(await one.leases.isAlive(one.nodeId)).toBe(true);
      expect(await one.leases.isAlive(other.nodeId)).toBe(true);
      expect(await one.leases.isAlive('nobody22')).toBe(false);
      expect(await one.leases.gone()).toEqual([]);
    });

    it('are held by one node at a time, until they are released', async () => {
      const name = fresh();
      const leases = await Promise.all(
        [one, other, one, other].map((node) => node.leases.acquire(name, MINUTE)),
      );
      const [lease, ...others] = leases.filter((taken) => taken !== undefined);

      expect(lease).toBeDefined();
      expect(others).toEqual([]);
      await lease?.release();
      expect(await other.leases.acquire(name, MINUTE)).toBeDefined();
    });

    it('end after their time, and are then not released by the one that held them', async () => {
      const name = fresh();
      const first = await one.leases.acquire(name, 20);

      await eventually(async () => {
        expect(await other.leases.acquire(name, MINUTE)).toBeDefined();
      });
      await first?.release();

      expect(await one.leases.acquire(name, MINUTE)).toBeUndefined();
    });
  });

  describe('keys', () => {
    it('are the same at every node, and another one for each purpose', () => {
      expect(one.keys('states')).toEqual(other.keys('states'));
      expect(one.keys('states')[0]).toHaveLength(32);
      expect(one.keys('states')).not.toEqual(one.keys('digests'));
    });
  });
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const tick = (): Promise<void> => pause(5);
