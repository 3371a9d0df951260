import type { Backplane } from '../backplane/backplane.js';
import { HitExchange, type ExchangeOptions } from './hit-exchange.js';
import { HitWindows, type HitLimit } from './sliding-window.js';

/** Counts hits by key over all nodes: this node decides at once, with the sums that it knows. */
export class SharedHitWindows extends HitWindows {
  private readonly exchange: HitExchange;

  constructor(
    limit: HitLimit,
    backplane: Backplane,
    options: Pick<ExchangeOptions, 'purpose' | 'everyMs'>,
  ) {
    super(limit);
    this.exchange = new HitExchange(
      backplane,
      { ...options, maxKeys: limit.max },
      (key, sums, unsent) => this.windows.peek(key)?.replace(sums, unsent, Date.now()),
    );
  }

  /** Sends what was not sent. */
  override stop(): Promise<void> {
    return this.exchange.stop();
  }

  protected override noteCounted(key: string): void {
    this.exchange.add(key, this.options.ttl);
  }
}

/**
 * Windows of all nodes where the backplane is shared, otherwise of this process.
 *
 * @param purpose what is counted; the same on every node
 */
export function createHitWindows(
  limit: HitLimit,
  backplane: Backplane,
  purpose: string,
): HitWindows {
  return backplane.isShared
    ? new SharedHitWindows(limit, backplane, { purpose })
    : new HitWindows(limit);
}
