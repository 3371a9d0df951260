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
  /**
   * Whether the revocations of other nodes were loaded. Until then, no credential is accepted. Default: true.
   */
  isLoaded = true;

  constructor(limits: DenyListLimits) {
    this.sessions = new RevocationStore(limits);
    this.others = new RevocationStore(limits);
  }

  get size(): number {
    return this.sessions.size + this.others.size;
  }

  /**
   * Adds a revocation, in any order: the latest `before` and the latest end win.
   *
   * @param until when it ends, in milliseconds since the epoch. Default: after `ttl`. Most: twice that
   * @returns whether an older revocation that is still in force was evicted
   */
  add(revocation: Revocation, until?: number): boolean {
    return this.storeOf(revocation).add(revocation, until);
  }

  /** Whether adding this revocation would change nothing. */
  covers(revocation: Revocation, until: number): boolean {
    return this.storeOf(revocation).covers(revocation, until);
  }

  /** The revocations in force. */
  entries(): readonly RevocationInForce[] {
    return [...this.sessions.inForce(), ...this.others.inForce()];
  }

  /** The targets of a revocation, without its time. */
  static keyOf(revocation: Revocation): string {
    const targets = REVOCATION_TARGETS.map((target) => revocation[target] ?? null);
    return JSON.stringify([...targets, revocation.exceptRole ?? null]);
  }

  private storeOf(revocation: Revocation): RevocationStore {
    return revocation.sessionId === undefined ? this.others : this.sessions;
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
  /** Milliseconds since the epoch, by a clock that all nodes have. Default: `Date.now()`. */
  readonly now?: () => number;
}

class RevocationStore {
  /** By targets, the oldest first. */
  private readonly entries = new Map<string, RevocationInForce>();
  /** The same entries by their narrowest target, for a lookup in constant time. */
  private readonly byTarget = new Map<string, Map<string, RevocationInForce>>();

  private readonly ttl: number;
  private readonly max: number;
  private readonly now: () => number;

  constructor({ ttl, max, now = () => Date.now() }: DenyListLimits) {
    this.ttl = ttl;
    this.max = max;
    this.now = now;
  }

  get size(): number {
    return this.entries.size;
  }

  add(revocation: Revocation, until?: number): boolean {
    const now = this.now();
    this.forgetExpired(now);
    const key = DenyList.keyOf(revocation);
    const earlier = this.entries.get(key);
    this.remove(key);
    const overflow = this.entries.size >= this.max ? this.oldest() : undefined;
    if (overflow !== undefined) this.remove(overflow);

    const entry = {
      revocation: later(earlier?.revocation, revocation),
      until: Math.max(
        earlier?.until ?? 0,
        // A node of another version may have another clock.
        Math.min(until ?? now + this.ttl, now + 2 * this.ttl),
      ),
    };
    this.entries.set(key, entry);
    const target = indexOf(revocation);
    this.byTarget.set(
      target,
      (this.byTarget.get(target) ?? new Map<string, RevocationInForce>()).set(key, entry),
    );
    return overflow !== undefined;
  }

  covers(revocation: Revocation, until: number): boolean {
    const known = this.entries.get(DenyList.keyOf(revocation));
    if (!known) return until <= this.now();
    return later(known.revocation, revocation) === known.revocation && known.until >= until;
  }

  inForce(): readonly RevocationInForce[] {
    const now = this.now();
    return [...this.entries.values()].filter(({ until }) => now < until);
  }

  isRevoked(principal: Principal): boolean {
    if (this.entries.size === 0) return false;
    const now = this.now();
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

/** A revocation, and when it ends, in milliseconds since the epoch. */
export interface RevocationInForce {
  readonly revocation: Revocation;
  readonly until: number;
}

function indexOf(revocation: Revocation): string {
  const target = REVOCATION_TARGETS.find((name) => revocation[name] !== undefined);
  return target === undefined ? '' : `${target}:${revocation[target]}`;
}

/** The revocation with the later `before`, of two with the same targets. */
function later(one: Revocation | undefined, other: Revocation): Revocation {
  return one && (one.before ?? Infinity) >= (other.before ?? Infinity) ? one : other;
}
