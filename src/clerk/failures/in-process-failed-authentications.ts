import { Inject, Injectable } from '@nestjs/common';
import { HitWindows } from '../../limits/hit-windows.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk.options.js';
import { FailedAuthentications } from './failed-authentications.js';

/** Failures in the memory of this process. */
@Injectable()
export class InProcessFailedAuthentications extends FailedAuthentications {
  private readonly failures: HitWindows;

  constructor(@Inject(CLERK_OPTIONS) { limits }: ResolvedClerkOptions) {
    super();
    this.failures = new HitWindows({
      limit: limits.failuresPerAddress,
      ttl: limits.failureWindow,
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
