import { Inject, Injectable } from '@nestjs/common';
import { ContainedSeam } from '../../access/contained-seam.js';
import type { MaybePromise } from '../../access/maybe-promise.js';
import type { Revocation } from '../../access/revocation.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk.options.js';
import { VerdictCache, type Verdict } from './verdict-cache.js';

/** The cache of the application: while it fails, every token is verified anew. */
@Injectable()
export class ContainedVerdictCache extends VerdictCache {
  private readonly seam: ContainedSeam;

  constructor(
    private readonly cache: VerdictCache,
    @Inject(CLERK_OPTIONS) { limits }: ResolvedClerkOptions,
  ) {
    super();
    this.seam = new ContainedSeam({
      name: 'VerdictCache',
      consequence: 'Tokens are verified anew until it answers.',
      timeoutMs: limits.seamTimeout,
    });
  }

  override get(key: string): MaybePromise<Verdict | undefined> {
    return this.seam.callOr(() => this.cache.get(key), nothing);
  }

  override set(key: string, verdict: Verdict): MaybePromise<void> {
    return this.seam.callOr(() => this.cache.set(key, verdict), nothing);
  }

  /** What is not purged lets nobody in: the deny list is asked after each verdict. */
  override purge(revocation: Revocation): MaybePromise<void> {
    return this.seam.callOr(() => this.cache.purge(revocation), nothing);
  }
}

const nothing = (): undefined => undefined;
