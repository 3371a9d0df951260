import { LRUCache } from 'lru-cache';
import { shortKey } from '../access/weight-of.js';
import { SlidingWindow } from './sliding-window.js';

/** How many hits a key may have. */
export interface HitLimit {
  /** Hits in the time of `ttl`. */
  readonly limit: number;
  /** Milliseconds. */
  readonly ttl: number;
  /** Keys that are remembered; one more forgets the one that was quiet for longest. */
  readonly max: number;
}

/** Counts hits by key in sliding windows, in a bounded memory of this process. */
export class HitWindows {
  private readonly windows: LRUCache<string, SlidingWindow>;

  constructor(private readonly options: HitLimit) {
    this.windows = new LRUCache({ max: options.max });
  }

  /** Keys that are remembered. */
  get size(): number {
    return this.windows.size;
  }

  /** Milliseconds until this key may have one more hit; 0 where it may now. */
  pauseOf(key: string): number {
    const { limit, ttl } = this.options;
    return this.windows.get(shortKey(key))?.pause(limit, ttl, Date.now()) ?? 0;
  }

  /** Hits of this key in the time of `ttl`. */
  countOf(key: string): number {
    return this.windows.get(shortKey(key))?.count(this.options.ttl, Date.now()) ?? 0;
  }

  /** Counts a hit, unless the key has had its share: what is too much does not make it wait longer. */
  hit(key: string): void {
    const { limit, ttl } = this.options;
    const now = Date.now();
    const known = shortKey(key);
    const window = this.windows.get(known) ?? new SlidingWindow(now);
    if (window.count(ttl, now) < limit) window.hit(ttl, now);
    this.windows.set(known, window);
  }
}
