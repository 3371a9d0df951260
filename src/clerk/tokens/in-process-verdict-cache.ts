import { LRUCache } from 'lru-cache';
import { concerns, type Revocation } from '../../access/revocation.js';
import { VerdictCache, type Verdict } from './verdict-cache.js';

/**
 * Verdicts in the memory of this process. Refusals have a space of their own, so that a flood of
 * bad tokens does not push the good ones out.
 */
export class InProcessVerdictCache extends VerdictCache {
  private readonly accepted: LRUCache<string, Verdict>;
  private readonly refused: LRUCache<string, Verdict>;

  /** @param max verdicts kept of each outcome */
  constructor(max: number) {
    super();
    this.accepted = new LRUCache({ max });
    this.refused = new LRUCache({ max });
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
