import { LRUCache } from 'lru-cache';
import { shortKey } from '../backplane/weight-of.js';

/**
 * Hits of one key in a sliding window, in three numbers: those of the window now, and those of the one
 * before as far as it still reaches into the last `ttl` milliseconds.
 */
export class SlidingWindow {
  private start: number;
  private hits = 0;
  private earlier = 0;

  /** @param now milliseconds since the epoch, as everywhere here */
  constructor(now: number) {
    this.start = now;
  }

  /** Hits in the last `ttl` milliseconds. */
  count(ttl: number, now: number): number {
    this.advance(ttl, now);
    return this.hits + Math.floor(this.earlier * (1 - (now - this.start) / ttl));
  }

  /** Counts one more hit. */
  hit(ttl: number, now: number): void {
    this.advance(ttl, now);
    this.hits += 1;
  }

  /** Milliseconds until there is room for one more hit; 0 where there is. */
  pause(limit: number, ttl: number, now: number): number {
    if (this.count(ttl, now) < limit) return 0;
    const elapsed = now - this.start;
    const room = limit - this.hits;
    // What this window holds is in the way until the next one begins, and wears off from then on.
    if (room > 0) return ttl * (1 - room / this.earlier) - elapsed + 1;
    const wearing = this.hits > 0 ? ttl * (1 - limit / this.hits) : 0;
    return ttl - elapsed + wearing + 1;
  }

  /** Milliseconds until this window is over. */
  rest(ttl: number, now: number): number {
    this.advance(ttl, now);
    return this.start + ttl - now;
  }

  private advance(ttl: number, now: number): void {
    const elapsed = now - this.start;
    if (elapsed >= 0 && elapsed < ttl) return;
    this.earlier = elapsed >= ttl && elapsed < 2 * ttl ? this.hits : 0;
    this.start = this.earlier > 0 ? this.start + ttl : now;
    this.hits = 0;
  }
}

/** How many hits a key may have. */
interface HitLimit {
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
