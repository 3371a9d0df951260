import type { Principal } from '../../request/principal.js';
import {
  revokes,
  REVOCATION_TARGETS,
  targetsOf,
  type Revocation,
} from '../../access/revocation.js';

/** How long a {@link DenyList} keeps what, and how much of it. */
export interface DenyListLimits {
  /** Milliseconds; at least the life of the longest-lived credential. */
  readonly ttl: number;
  /** Revocations of sessions, and other ones, each. */
  readonly max: number;
}

/**
 * The revocations in force. Sessions, which end all the time, have a space of their own, so that
 * they do not push a banned user out.
 */
export class DenyList {
  private readonly sessions: Space;
  private readonly others: Space;

  constructor({ ttl, max }: DenyListLimits) {
    this.sessions = new Space(ttl, max);
    this.others = new Space(ttl, max);
  }

  get size(): number {
    return this.sessions.size + this.others.size;
  }

  /**
   * Keeps a revocation, whatever the order in which they come: the latest `before` holds.
   *
   * @returns whether an older one that is still in force had to give way
   */
  add(revocation: Revocation): boolean {
    const space = revocation.sessionId === undefined ? this.others : this.sessions;
    return space.add(revocation);
  }

  /** Whether a revocation concerns this principal. */
  isRevoked(principal: Principal): boolean {
    return this.sessions.covers(principal) || this.others.covers(principal);
  }
}

interface Entry {
  readonly revocation: Revocation;
  readonly until: number;
}

class Space {
  /** By what they revoke, the oldest first. */
  private readonly entries = new Map<string, Entry>();
  /** The same by their narrowest target, so that a look-up costs the same however many there are. */
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

  covers(principal: Principal): boolean {
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

/** What a revocation takes back, apart from when. */
function keyOf(revocation: Revocation): string {
  const targets = REVOCATION_TARGETS.map((target) => revocation[target] ?? null);
  return JSON.stringify([...targets, revocation.exceptRole ?? null]);
}

function indexOf(revocation: Revocation): string {
  const target = REVOCATION_TARGETS.find((name) => revocation[name] !== undefined);
  return target === undefined ? '' : `${target}:${revocation[target]}`;
}

/** The one of two that spares less; they take back the same. */
function later(one: Revocation | undefined, other: Revocation): Revocation {
  return one && (one.before ?? Infinity) > (other.before ?? Infinity) ? one : other;
}
