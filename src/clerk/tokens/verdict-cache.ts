import type { Principal } from '../../access/principal.js';
import type { Refusal } from '../../access/refusal.js';
import type { Revocation } from '../../access/revocation.js';

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
