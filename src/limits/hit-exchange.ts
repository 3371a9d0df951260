import type { Backplane, HitSums } from '../backplane/backplane.js';

/** Options of {@link HitExchange}. */
export interface ExchangeOptions {
  /** What is counted; the same on every node. */
  readonly purpose: string;
  /** Number of keys with hits that were not sent; above it, those that wait for longest are dropped. */
  readonly maxKeys: number;
  /** Time in which hits are collected, in milliseconds. Default: 200. */
  readonly everyMs?: number;
}

/**
 * Sends the hits that this node has counted to the counters of all nodes, and hears the sums, in batches: a
 * hit waits for nothing, and decisions lag behind those of other nodes by one batch. While the engine is away,
 * hits are kept for as long as their window.
 */
export class HitExchange {
  private readonly unsent = new Map<string, UnsentHits>();
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  /**
   * @param learn is called with the sums of a key, and the hits of this node that are not part of them
   */
  constructor(
    private readonly backplane: Pick<Backplane, 'counters' | 'isReachable'>,
    private readonly options: ExchangeOptions,
    private readonly learn: (key: string, sums: HitSums, unsent: number) => void,
  ) {}

  /** Counts a hit. @param windowMs length of the window, in milliseconds */
  add(key: string, windowMs: number): void {
    if (this.isStopped) return;
    const name = this.nameOf(key, windowMs);
    const known = this.unsent.get(name);
    if (known) {
      known.hits += 1;
      return;
    }
    if (this.unsent.size >= this.options.maxKeys) this.dropOldest();
    this.unsent.set(name, { key, windowMs: Math.ceil(windowMs), hits: 1, since: Date.now() });
    this.plan();
  }

  /** Sends what was not sent. Nothing is counted after it. */
  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    if (this.backplane.isReachable) await this.send();
  }

  private plan(): void {
    if (this.isStopped) return;
    this.timer ??= setTimeout(
      () => void this.exchange(),
      this.options.everyMs ?? EXCHANGE_MS,
    ).unref();
  }

  private async exchange(): Promise<void> {
    if (this.backplane.isReachable) await this.send();
    else this.dropOutdated();
    // Only now, so that a slow engine gets one batch at a time.
    this.timer = undefined;
    if (this.unsent.size > 0) this.plan();
  }

  private async send(): Promise<void> {
    const batch = [...this.unsent].slice(0, MAX_BATCH);
    for (const [name] of batch) this.unsent.delete(name);
    if (batch.length === 0) return;
    let sums: readonly HitSums[];
    try {
      sums = await this.backplane.counters.addHits(
        batch.map(([key, { windowMs, hits }]) => ({ key, windowMs, hits })),
      );
    } catch {
      // The engine may have counted them, so they are not sent again. This node has counted them.
      return;
    }
    for (const [index, [name, { key }]] of batch.entries()) {
      const sum = sums[index];
      if (sum) this.learn(key, sum, this.unsent.get(name)?.hits ?? 0);
    }
  }

  private nameOf(key: string, windowMs: number): string {
    return `${this.options.purpose} ${windowMs} ${key}`;
  }

  private dropOldest(): void {
    const [oldest] = this.unsent.keys();
    if (oldest !== undefined) this.unsent.delete(oldest);
  }

  private dropOutdated(): void {
    const now = Date.now();
    for (const [name, { since, windowMs }] of this.unsent) {
      if (now - since >= windowMs) this.unsent.delete(name);
    }
  }
}

interface UnsentHits {
  readonly key: string;
  readonly windowMs: number;
  hits: number;
  /** When the first of them was counted, in milliseconds since the epoch. */
  readonly since: number;
}

const EXCHANGE_MS = 200;
/** Keys of one round trip. */
const MAX_BATCH = 5_000;
