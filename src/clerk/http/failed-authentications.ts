import { Inject, Injectable } from '@nestjs/common';
import { HitWindows } from '../../limits/sliding-window.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk-options.js';

/**
 * Counts failed authentications per address, up to `limits.failuresPerAddress`, in bounded memory. Provide
 * another implementation to count across processes.
 */
export abstract class FailedAuthentications {
  /** Milliseconds until this address may fail again; 0 if it may now. */
  abstract pauseOf(address: string): number | Promise<number>;
  /** Counts a failure. */
  abstract note(address: string): void | Promise<void>;
}

/** Counts failures in the memory of this process. */
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

  /** Number of stored addresses. */
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
