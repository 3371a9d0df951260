import type { ThrottlerStorage } from '@nestjs/throttler';
import type { LRUCache } from 'lru-cache';
import type { Backplane, Counters } from '../backplane/backplane.js';
import { BackplaneError } from '../backplane/backplane.errors.js';
import { shortKey } from '../backplane/weight-of.js';
import { recentEntries } from '../request/recent-entries.js';
import { BoundedThrottlerStorage, type ThrottlerRecord } from './bounded-throttler.storage.js';
import { HitExchange } from './hit-exchange.js';
import { SlidingWindow } from './sliding-window.js';

/** Counts hits over all nodes: this node decides at once, with the sums that it knows. */
export class SharedThrottlerStorage extends BoundedThrottlerStorage {
  private readonly exchange: HitExchange;

  /**
   * @param maxKeys number of stored keys; above it, the least recently used one is removed
   * @param everyMs time in which hits are collected, in milliseconds. Default: 200
   */
  constructor(maxKeys: number, backplane: Backplane, everyMs?: number) {
    super(maxKeys);
    const options = { purpose: PURPOSE, maxKeys, ...(everyMs !== undefined && { everyMs }) };
    this.exchange = new HitExchange(backplane, options, (key, sums, unsent) =>
      this.records.peek(key)?.window.replace(sums, unsent, Date.now()),
    );
  }

  override stop(): Promise<void> {
    return this.exchange.stop();
  }

  protected override noteCounted(key: string, ttl: number): void {
    this.exchange.add(key, ttl);
  }
}

/** Counts each hit at the counters of all nodes, which decide. A block is one of this node. */
export class ExactThrottlerStorage implements ThrottlerStorage {
  /** When the block of a key ends, in milliseconds since the epoch. */
  private readonly blocked: LRUCache<string, number>;

  /** @param maxKeys number of blocked keys; above it, the least recently used one is removed */
  constructor(
    private readonly counters: Pick<Counters, 'addHits'>,
    maxKeys: number,
  ) {
    this.blocked = recentEntries(maxKeys);
  }

  async increment(
    ...[key, ttl, limit, blockDuration, throttlerName]: Parameters<ThrottlerStorage['increment']>
  ): Promise<ThrottlerRecord> {
    if (ttl <= 0) return { totalHits: 1, timeToExpire: 0, isBlocked: false, timeToBlockExpire: 0 };
    const name = shortKey(`${throttlerName}:${key}`);
    const rest = (this.blocked.get(name) ?? 0) - Date.now();
    if (rest > 0) return refused(limit, rest, rest);
    const windowMs = Math.ceil(ttl);
    const [sums] = await this.counters.addHits([
      { key: `${PURPOSE} exact ${windowMs} ${name}`, windowMs, hits: 1, limit },
    ]);
    if (!sums) throw new BackplaneError('a hit has no sums');
    const now = Date.now();
    const window = new SlidingWindow(now);
    window.replace(sums, 0, now);
    const expires = window.rest(windowMs, now);
    if (sums.isCounted) {
      return {
        totalHits: window.count(windowMs, now),
        timeToExpire: seconds(expires),
        isBlocked: false,
        timeToBlockExpire: 0,
      };
    }
    if (blockDuration > 0) this.blocked.set(name, now + blockDuration);
    const wait = blockDuration > 0 ? blockDuration : window.pause(limit, windowMs, now);
    return refused(limit, expires, Math.max(1, wait));
  }
}

const PURPOSE = 'limits';

function refused(limit: number, expires: number, wait: number): ThrottlerRecord {
  return {
    totalHits: limit + 1,
    timeToExpire: seconds(expires),
    isBlocked: true,
    timeToBlockExpire: seconds(wait),
  };
}

const seconds = (milliseconds: number): number => Math.ceil(milliseconds / 1_000);
