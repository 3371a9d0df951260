import type { Principal } from '../../request/principal.js';
import type { Refusal } from '../../access/refusal.js';
import { type Revocation, revokes } from '../../access/revocation.js';
import { LRUCache } from 'lru-cache';
import { weightOf } from '../../backplane/weight-of.js';
import { Inject, Injectable } from '@nestjs/common';
import { ContainedSeam } from '../../backplane/contained-seam.js';
import type { MaybePromise } from '../../request/value-or-promise.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk-options.js';

/** What became of a token, and until when that may be repeated (milliseconds since the epoch). */
export type Verdict =
  | { readonly outcome: 'accepted'; readonly principal: Principal; readonly until: number }
  | { readonly outcome: 'refused'; readonly refusal: Refusal; readonly until: number };

/**
 * Remembers verdicts by the digest of a token, never by the token. It is bounded. Provide another
 * implementation to share verdicts between processes.
 */
export abstract class VerdictCache {
  /** The verdict kept under this key, whether its time is over or not. */
  abstract get(key: string): Verdict | undefined | Promise<Verdict | undefined>;
  /** Keeps a verdict. */
  abstract set(key: string, verdict: Verdict): void | Promise<void>;
  /** Forgets the verdicts on principals whose access a revocation ends. */
  abstract purge(revocation: Revocation): void | Promise<void>;
}

/**
 * Verdicts in the memory of this process. Refusals have a space of their own, so that a flood of
 * bad tokens does not push the good ones out.
 */
export class InProcessVerdictCache extends VerdictCache {
  private readonly accepted: LRUCache<string, Verdict>;
  private readonly refused: LRUCache<string, Verdict>;

  /**
   * @param max verdicts kept of each outcome
   * @param maxBytes that those of each outcome take
   */
  constructor(max: number, maxBytes: number) {
    super();
    const sizeCalculation = (verdict: Verdict, key: string) => weightOf(verdict) + 2 * key.length;
    const options = { max, maxSize: maxBytes, sizeCalculation };
    this.accepted = new LRUCache(options);
    this.refused = new LRUCache(options);
  }

  /** Verdicts held, of both outcomes. */
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
      timeoutMs: limits.seamTimeoutMs,
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
