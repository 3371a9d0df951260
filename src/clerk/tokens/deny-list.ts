import type { Principal } from '../../request/principal.js';
import {
  revokes,
  REVOCATION_TARGETS,
  targetsOf,
  type Revocation,
} from '../../access/revocation.js';

/**
 * The revocations in force. Session revocations, which are frequent, are stored separately, so that they
 * do not evict the revocation of a banned user.
 */
export class DenyList {
  private readonly sessions: RevocationStore;
  private readonly others: RevocationStore;

  constructor({ ttl, max }: DenyListLimits) {
    this.sessions = new RevocationStore(ttl, max);
    this.others = new RevocationStore(ttl, max);
  }

  get size(): number {
    return this.sessions.size + this.others.size;
  }

  /**
   * Adds a revocation, in any order: the latest `before` wins.
   *
   * @returns whether an older revocation that is still in force was evicted
   */
  add(revocation: Revocation): boolean {
    const store = revocation.sessionId === undefined ? this.others : this.sessions;
    return store.add(revocation);
  }

  /** Whether a revocation in force ends the access of this principal. */
  isRevoked(principal: Principal): boolean {
    return this.sessions.isRevoked(principal) || this.others.isRevoked(principal);
  }
}

/** Limits of a {@link DenyList}. */
interface DenyListLimits {
  /** Milliseconds; at least the lifetime of the longest-lived credential. */
  readonly ttl: number;
  /** Number of session revocations, and separately of all others. */
  readonly max: number;
}

class RevocationStore {
  /** By targets, the oldest first. */
  private readonly entries = new Map<string, Entry>();
  /** The same entries by their narrowest target, for a lookup in constant time. */
  private readonly byTarget = new Map<string, Map<string, Entry>>();

  constructor(
    private readonly ttl: number,
    private readonly max: number,
  ) {}

  get size(): number {
    return this.entries.size;
  }

  add(revocation: Revocation): boolean {
    const now = Date.now();
    this.forgetExpired(now);
    const key = keyOf(revocation);
    const earlier = this.entries.get(key)?.revocation;
    this.remove(key);
    const overflow = this.entries.size >= this.max ? this.oldest() : undefined;
    if (overflow !== undefined) this.remove(overflow);

    const entry = { revocation: later(earlier, revocation), until: now + this.ttl };
    this.entries.set(key, entry);
    const target = indexOf(revocation);
    this.byTarget.set(
      target,
      (this.byTarget.get(target) ?? new Map<string, Entry>()).set(key, entry),
    );
    return overflow !== undefined;
  }

  isRevoked(principal: Principal): boolean {
    if (this.entries.size === 0) return false;
    const now = Date.now();
    for (const target of REVOCATION_TARGETS) {
      for (const value of targetsOf(principal, target)) {
        const entries = value === undefined ? undefined : this.byTarget.get(`${target}:${value}`);
        for (const { revocation, until } of entries?.values() ?? []) {
          if (now < until && revokes(revocation, principal)) return true;
        }
      }
    }
    return false;
  }

  private forgetExpired(now: number): void {
    for (const [key, { until }] of this.entries) {
      if (now < until) return;
      this.remove(key);
    }
  }

  private oldest(): string | undefined {
    return this.entries.keys().next().value;
  }

  private remove(key: string): void {
    const entry = this.entries.get(key);
    if (!entry) return;
    this.entries.delete(key);
    const target = indexOf(entry.revocation);
    const siblings = this.byTarget.get(target);
    siblings?.delete(key);
    if (siblings?.size === 0) this.byTarget.delete(target);
  }
}

interface Entry {
  readonly revocation: Revocation;
  readonly until: number;
}

/** The targets of a revocation, without its time. */
function keyOf(revocation: Revocation): string {
  const targets = REVOCATION_TARGETS.map((target) => revocation[target] ?? null);
  return JSON.stringify([...targets, revocation.exceptRole ?? null]);
}

function indexOf(revocation: Revocation): string {
  const target = REVOCATION_TARGETS.find((name) => revocation[name] !== undefined);
  return target === undefined ? '' : `${target}:${revocation[target]}`;
}

/** The revocation with the later `before`, of two with the same targets. */
function later(one: Revocation | undefined, other: Revocation): Revocation {
  return one && (one.before ?? Infinity) > (other.before ?? Infinity) ? one : other;
}
