import type { ThrottlerStorage } from '@nestjs/throttler';
import type { LRUCache } from 'lru-cache';
import { shortKey } from '../backplane/weight-of.js';
import { SlidingWindow } from './sliding-window.js';
import { ContainedSeam } from '../backplane/contained-seam.js';
import { recentEntries } from '../request/recent-entries.js';

/** What a storage returns for a hit. Durations in seconds. */
export type ThrottlerRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/**
 * Counts hits in this process, in bounded memory: about 300 bytes per key, for any number of hits. The
 * default storage of `@nestjs/throttler` stores each hit of each key until a sweep.
 */
export class BoundedThrottlerStorage implements ThrottlerStorage {
  protected readonly records: LRUCache<string, Counted>;

  /** @param maxKeys number of stored keys; above it, the least recently used one is removed */
  constructor(maxKeys: number) {
    this.records = recentEntries(maxKeys);
  }

  /** Number of stored keys. */
  get size(): number {
    return this.records.size;
  }

  async increment(...hit: Parameters<ThrottlerStorage['increment']>): Promise<ThrottlerRecord> {
    return this.count(...hit);
  }

  /** Like {@link increment}, but synchronous. */
  count(
    key: string,
    ttl: number,
    limit: number,
    blockDuration: number,
    throttlerName: string,
  ): ThrottlerRecord {
    const now = Date.now();
    if (ttl <= 0) return { totalHits: 1, timeToExpire: 0, isBlocked: false, timeToBlockExpire: 0 };
    const name = shortKey(`${throttlerName}:${key}`);
    const { window, blockedUntil } = this.recordOf(name, now);
    const blocked = blockedUntil - now;
    const pause = blocked > 0 ? blocked : window.pause(limit, ttl, now);
    if (pause === 0) {
      window.hit(ttl, now);
      this.noteCounted(name, ttl);
      return {
        totalHits: window.count(ttl, now),
        timeToExpire: seconds(window.rest(ttl, now)),
        isBlocked: false,
        timeToBlockExpire: 0,
      };
    }
    const wait = blocked <= 0 && blockDuration > 0 ? blockDuration : pause;
    if (blockDuration > 0) {
      this.records.set(name, { window, blockedUntil: now + wait });
    }
    return {
      totalHits: limit + 1,
      timeToExpire: seconds(window.rest(ttl, now)),
      isBlocked: true,
      timeToBlockExpire: seconds(wait),
    };
  }

  /** Ends the counting. */
  stop(): void | Promise<void> {}

  /** Called with each key of which a hit was counted. */
  protected noteCounted(_key: string, _ttl: number): void {}

  /** The record of a key. When its block has ended, the key starts with an empty window. */
  private recordOf(key: string, now: number): Counted {
    const known = this.records.get(key);
    if (known && (known.blockedUntil === 0 || known.blockedUntil > now)) return known;
    const record: Counted = { window: new SlidingWindow(now), blockedUntil: 0 };
    this.records.set(key, record);
    return record;
  }
}

interface Counted {
  readonly window: SlidingWindow;
  /** Milliseconds since the epoch; 0 if the key was not blocked. */
  readonly blockedUntil: number;
}

const seconds = (milliseconds: number): number => Math.ceil(milliseconds / 1_000);

/**
 * Counts in the storage of the application, and in this process while that storage fails, so that a
 * failing storage does not fail any request.
 */
export class ContainedThrottlerStorage implements ThrottlerStorage {
  private readonly seam: ContainedSeam;

  /** @param timeoutMs longest wait for the storage, in milliseconds */
  constructor(
    private readonly storage: ThrottlerStorage,
    private readonly inProcess: ThrottlerStorage,
    timeoutMs: number,
  ) {
    this.seam = new ContainedSeam({
      name: 'The storage of LimitsModule',
      consequence: 'Rate limits are counted by this node alone until it answers.',
      timeoutMs,
    });
  }

  async increment(...hit: Parameters<ThrottlerStorage['increment']>): Promise<ThrottlerRecord> {
    return this.seam.callOr(
      async () => readRecord(await this.storage.increment(...hit)),
      () => this.inProcess.increment(...hit),
    );
  }
}

/** @throws {TypeError} the storage did not return a record */
function readRecord(record: unknown): ThrottlerRecord {
  const known: Partial<ThrottlerRecord> = typeof record === 'object' && record ? record : {};
  const { totalHits, timeToExpire, isBlocked, timeToBlockExpire } = known;
  if (
    typeof isBlocked === 'boolean' &&
    [totalHits, timeToExpire, timeToBlockExpire].every(isCount)
  ) {
    return known as ThrottlerRecord; // Each member has been checked.
  }
  throw new TypeError('The storage did not return a record.');
}

const isCount = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);
