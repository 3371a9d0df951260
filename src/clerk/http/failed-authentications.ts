import { Inject, Injectable } from '@nestjs/common';
import { HitWindows } from '../../limits/sliding-window.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk-options.js';

/**
 * Remembers how often authentication failed for an address, and holds it to
 * `limits.failuresPerAddress`. It is bounded. Provide another implementation to count across processes.
 */
export abstract class FailedAuthentications {
  /** Milliseconds until this address may fail once more; 0 while it may. */
  abstract pauseOf(address: string): number | Promise<number>;
  /** Counts a failure. */
  abstract note(address: string): void | Promise<void>;
}

/** Failures in the memory of this process. */
@Injectable()
export class InProcessFailedAuthentications extends FailedAuthentications {
  private readonly failures: HitWindows;

  constructor(@Inject(CLERK_OPTIONS) { limits }: ResolvedClerkOptions) {
    super();
    this.failures = new HitWindows({
      limit: limits.failuresPerAddress,
      ttl: limits.failureWindowMs,
      max: Math.max(1, limits.maxAddresses),
    });
  }

  /** Addresses that are remembered. */
  get size(): number {
    return this.failures.size;
  }

  override pauseOf(address: string): number {
    return this.failures.pauseOf(address);
  }

  override note(address: string): void {
    this.failures.hit(address);
  }
}
