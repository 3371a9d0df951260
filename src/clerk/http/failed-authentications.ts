import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { HitWindows, type HitLimit } from '../../limits/sliding-window.js';
import type { ResolvedClerkOptions } from '../resolved-clerk-options.js';

/**
 * Counts failed authentications per address, up to `limits.failuresPerAddress`, in bounded memory. Provide
 * another implementation to count across processes without `RedisModule`.
 */
export abstract class FailedAuthentications {
  /** Milliseconds until this address may fail again; 0 if it may now. */
  abstract pauseOf(address: string): number | Promise<number>;
  /** Counts a failure. */
  abstract note(address: string): void | Promise<void>;
}

/** Counts failures at once, in the memory of this process, or in windows that nodes share. */
@Injectable()
export class InProcessFailedAuthentications
  extends FailedAuthentications
  implements OnModuleDestroy
{
  /** @param failures default: windows of this process */
  constructor(
    options: Pick<ResolvedClerkOptions, 'limits'>,
    private readonly failures: HitWindows = new HitWindows(failureLimitOf(options)),
  ) {
    super();
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

  async onModuleDestroy(): Promise<void> {
    await this.failures.stop();
  }
}

/** How many failures of an address are allowed. */
export function failureLimitOf({ limits }: Pick<ResolvedClerkOptions, 'limits'>): HitLimit {
  return {
    limit: limits.failuresPerAddress,
    ttl: limits.failureWindowMs,
    max: Math.max(1, limits.maxAddresses),
  };
}
