import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BoundedThrottlerStorage } from '../../src/limits/bounded-throttler.storage.js';

const TTL = 10_000;

let storage: BoundedThrottlerStorage;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  storage = new BoundedThrottlerStorage(100);
});
afterEach(() => {
  vi.useRealTimers();
});

const hit = (key = 'a', { limit = 2, block = 0, name = 'default', ttl = TTL } = {}) =>
  storage.increment(key, ttl, limit, block, name);

describe('BoundedThrottlerStorage', () => {
  it('keeps a long key by its digest', async () => {
    const storage = new BoundedThrottlerStorage(10);
    const hit = (key: string) => storage.increment(key, 60_000, 5, 0, 'default');
    const long = 'x'.repeat(10_000);
    expect([(await hit(long)).totalHits, (await hit(long)).totalHits]).toEqual([1, 2]);
    expect((await hit(`${long}y`)).totalHits).toBe(1);
    const keys: string[] = [...Reflect.get(storage, 'records').keys()];
    expect(keys.map(({ length }) => length)).toEqual([43, 43]);
  });

  it('counts, and says when there is room again', async () => {
    expect(await hit()).toEqual({
      totalHits: 1,
      timeToExpire: 10,
      isBlocked: false,
      timeToBlockExpire: 0,
    });
    vi.advanceTimersByTime(4_000);
    expect(await hit()).toMatchObject({ totalHits: 2, timeToExpire: 6, isBlocked: false });
    const refused = await hit();
    expect(refused).toMatchObject({ totalHits: 3, isBlocked: true, timeToBlockExpire: 7 });
    vi.advanceTimersByTime((refused.timeToBlockExpire - 2) * 1_000);
    expect(await hit()).toMatchObject({ isBlocked: true });
    vi.advanceTimersByTime(2_000);
    expect(await hit()).toMatchObject({ isBlocked: false });
  });

  it('does not make anybody wait longer for asking too soon', async () => {
    await hit();
    await hit();
    for (let at = 0; at < 50; at += 1) await hit();
    vi.advanceTimersByTime(10_001);
    expect(await hit()).toMatchObject({ isBlocked: false });
  });

  it('keeps keys and throttlers apart', async () => {
    await hit();
    await hit();
    expect(await hit('a')).toMatchObject({ isBlocked: true });
    expect(await hit('b')).toMatchObject({ isBlocked: false });
    expect(await hit('a', { name: 'client' })).toMatchObject({ isBlocked: false });
  });

  it('blocks for as long as it is told, and starts anew then', async () => {
    const block = 30_000;
    await hit('a', { block });
    await hit('a', { block });
    expect(await hit('a', { block })).toMatchObject({ isBlocked: true, timeToBlockExpire: 30 });
    vi.advanceTimersByTime(29_000);
    expect(await hit('a', { block })).toMatchObject({ isBlocked: true, timeToBlockExpire: 1 });
    vi.advanceTimersByTime(1_000);
    expect(await hit('a', { block })).toMatchObject({ isBlocked: false, totalHits: 1 });
  });

  it('lets nobody in where the limit is 0, and everybody where the time is', async () => {
    expect(await hit('a', { limit: 0 })).toMatchObject({ isBlocked: true, timeToBlockExpire: 11 });
    for (let at = 0; at < 9; at += 1) {
      expect(await hit('b', { ttl: 0 })).toMatchObject({ isBlocked: false });
    }
  });

  it('holds no more keys than it may, and keeps those that are busy', async () => {
    await hit('busy', { limit: 1 });
    for (let at = 0; at < 10_000; at += 1) {
      await hit(`quiet ${at}`);
      if (at % 50 === 0) expect(await hit('busy', { limit: 1 })).toMatchObject({ isBlocked: true });
    }
    expect(storage.size).toBe(100);
  });
});
