import { HitWindows } from '../../limits/hit-windows.js';
import type { ClerkLimits } from '../clerk-limits.js';

/**
 * The failures of all callers that come through a proxy which the framework does not trust. What such a
 * proxy says of a caller keeps one stranger from locking everybody else out; and since anybody can say
 * it, so many strangers count together, and so many failures of all of them.
 */
export class UntrustedProxies {
  /** Callers that have failed. */
  private readonly callers: HitWindows;
  private readonly failures: HitWindows;
  private readonly known: HitWindows;

  constructor({ failuresPerAddress: limit, failureWindow: ttl, maxAddresses }: ClerkLimits) {
    const max = Math.max(1, maxAddresses);
    this.callers = new HitWindows({ limit, ttl, max });
    this.failures = new HitWindows({ limit: FAILURES_OF_ALL * limit, ttl, max });
    this.known = new HitWindows({ limit: 1, ttl, max });
  }

  /** Milliseconds until a caller of this proxy may fail once more. */
  pauseOf(proxy: string): number {
    return Math.max(this.callers.pauseOf(proxy), this.failures.pauseOf(proxy));
  }

  /** @param caller that failed */
  note(proxy: string, caller: string): void {
    this.failures.hit(proxy);
    if (this.known.countOf(caller) > 0) return;
    this.known.hit(caller);
    this.callers.hit(proxy);
  }
}

/** Times those of one address. */
const FAILURES_OF_ALL = 4;
