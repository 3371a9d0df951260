import { LRUCache } from 'lru-cache';
import { concerns, type Revocation } from '../../access/revocation.js';
import { weightOf } from '../../access/weight-of.js';
import { VerdictCache, type Verdict } from './verdict-cache.js';

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
      if (verdict.outcome === 'accepted' && concerns(revocation, verdict.principal)) {
        this.accepted.delete(key);
      }
    }
  }
}
