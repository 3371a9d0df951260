import type { LRUCache } from 'lru-cache';
import type { HitSums } from '../backplane/backplane.js';
import { shortKey } from '../backplane/weight-of.js';
import { recentEntries } from '../request/recent-entries.js';

/**
 * Counts the hits of one key in a sliding window, with three numbers: the start of the current window, its
 * hits, and the hits of the previous window, weighted by its overlap with the last `ttl` milliseconds.
 */
export class SlidingWindow {
  private start: number;
  private hits = 0;
  private earlier = 0;

  /** @param now milliseconds since the epoch, as in all methods */
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

  /**
   * Replaces the hits by the sums of all nodes.
   *
   * @param unsent hits that are not part of the sums yet
   */
  replace({ current, earlier, elapsedMs }: HitSums, unsent: number, now: number): void {
    this.start = now - elapsedMs;
    this.hits = current + unsent;
    this.earlier = earlier;
  }

  /** Milliseconds until one more hit is allowed; 0 if it is allowed now. */
  pause(limit: number, ttl: number, now: number): number {
    if (this.count(ttl, now) < limit) return 0;
    const elapsed = now - this.start;
    const room = limit - this.hits;
    if (room > 0) return ttl * (1 - room / this.earlier) - elapsed + 1;
    // The hits of this window count in full until the next one begins; then their weight decreases.
    const decay = this.hits > 0 ? ttl * (1 - limit / this.hits) : 0;
    return ttl - elapsed + decay + 1;
  }

  /** Milliseconds until this window ends. */
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

/** Options of {@link HitWindows}. */
export interface HitLimit {
  /** Hits in `ttl`. */
  readonly limit: number;
  /** Length of the window, in milliseconds. */
  readonly ttl: number;
  /** Number of stored keys; above it, the least recently used one is removed. */
  readonly max: number;
}

/** Counts hits by key in sliding windows, in bounded memory of this process. */
export class HitWindows {
  protected readonly windows: LRUCache<string, SlidingWindow>;

  constructor(protected readonly options: HitLimit) {
    this.windows = recentEntries(options.max);
  }

  /** Number of stored keys. */
  get size(): number {
    return this.windows.size;
  }

  /** Milliseconds until this key may have one more hit; 0 if it may now. */
  pauseOf(key: string): number {
    const { limit, ttl } = this.options;
    return this.windows.get(shortKey(key))?.pause(limit, ttl, Date.now()) ?? 0;
  }

  /** Hits of this key in the last `ttl` milliseconds. */
  countOf(key: string): number {
    return this.windows.get(shortKey(key))?.count(this.options.ttl, Date.now()) ?? 0;
  }

  /** Counts a hit, unless the limit is reached: hits above the limit do not extend the wait. */
  hit(key: string): void {
    const { limit, ttl } = this.options;
    const now = Date.now();
    const known = shortKey(key);
    const window = this.windows.get(known) ?? new SlidingWindow(now);
    const isCounted = window.count(ttl, now) < limit;
    if (isCounted) window.hit(ttl, now);
    this.windows.set(known, window);
    if (isCounted) this.noteCounted(known);
  }

  /** Ends the counting. */
  stop(): void | Promise<void> {}

  /** Called with each key of which a hit was counted. */
  protected noteCounted(_key: string): void {}
}
