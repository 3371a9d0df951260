import { LRUCache } from 'lru-cache';
import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '../../request/principal.js';
import type { Refusal } from '../../access/refusal.js';
import { type Revocation, revokes } from '../../access/revocation.js';
import { weightOf } from '../../backplane/weight-of.js';
import { ContainedSeam } from '../../backplane/contained-seam.js';
import type { MaybePromise } from '../../request/value-or-promise.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk-options.js';

/**
 * Caches verdicts under a digest of the token, never under the token, in bounded memory. Provide another
 * implementation to share verdicts between processes.
 */
export abstract class VerdictCache {
  /** The verdict of this key, expired or not. */
  abstract get(key: string): Verdict | undefined | Promise<Verdict | undefined>;
  /** Stores a verdict. */
  abstract set(key: string, verdict: Verdict): void | Promise<void>;
  /** Removes the verdicts of principals whose access a revocation ends. */
  abstract purge(revocation: Revocation): void | Promise<void>;
}

/** The result of verifying a token. `until`: its expiry in the cache, in milliseconds since the epoch. */
export type Verdict = Outcome & { readonly until: number };

/** What a token is worth. */
export type Outcome =
  | { readonly outcome: 'accepted'; readonly principal: Principal }
  | { readonly outcome: 'refused'; readonly refusal: Refusal };

/**
 * Caches verdicts in this process. Refusals are stored separately, so that many invalid tokens do not evict
 * the verdicts of valid ones.
 */
export class InProcessVerdictCache extends VerdictCache {
  private readonly accepted: LRUCache<string, Verdict>;
  private readonly refused: LRUCache<string, Verdict>;

  /**
   * @param max number of verdicts per outcome
   * @param maxBytes size of the verdicts per outcome
   */
  constructor(max: number, maxBytes: number) {
    super();
    const sizeCalculation = (verdict: Verdict, key: string) => weightOf(verdict) + 2 * key.length;
    const options = { max, maxSize: maxBytes, sizeCalculation };
    this.accepted = new LRUCache(options);
    this.refused = new LRUCache(options);
  }

  /** Number of verdicts of both outcomes. */
  get size(): number {
    return this.accepted.size + this.refused.size;
  }

  override get(key: string): Verdict | undefined {
    return this.accepted.get(key) ?? this.refused.get(key);
  }

  override set(key: string, verdict: Verdict): void {
    const [here, there] =
      verdict.outcome === 'accepted'
        ? [this.accepted, this.refused]
        : [this.refused, this.accepted];
    here.set(key, verdict);
    there.delete(key);
  }

  override purge(revocation: Revocation): void {
    for (const [key, verdict] of this.accepted.entries()) {
      if (verdict.outcome === 'accepted' && revokes(revocation, verdict.principal)) {
        this.accepted.delete(key);
      }
    }
  }
}

/** The cache of the application. While it fails, every token is verified again. */
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
      consequence: 'Tokens are verified again until it responds.',
      timeoutMs: limits.seamTimeoutMs,
    });
  }

  override get(key: string): MaybePromise<Verdict | undefined> {
    return this.seam.callOr(() => this.cache.get(key), nothing);
  }

  override set(key: string, verdict: Verdict): MaybePromise<void> {
    return this.seam.callOr(() => this.cache.set(key, verdict), nothing);
  }

  /** A failure is harmless, because the deny list is checked after each verdict. */
  override purge(revocation: Revocation): MaybePromise<void> {
    return this.seam.callOr(() => this.cache.purge(revocation), nothing);
  }
}

const nothing = (): undefined => undefined;
