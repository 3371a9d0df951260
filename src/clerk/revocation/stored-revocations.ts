import { hash } from 'node:crypto';
import type { Revocation } from '../../access/revocation.js';
import type { Backplane, Json } from '../../backplane/backplane.js';
import { isJsonObject } from '../../request/json-object.js';
import { DenyList, type RevocationInForce } from '../tokens/deny-list.js';

/**
 * The revocations in force, stored for nodes that start later, in sets by their first target: each set is
 * read at once, and small enough that the engine answers others in between. A mark beside them tells that
 * the engine still has what was stored.
 */
export class StoredRevocations {
  private readonly maxPerSet: number;

  /** @param max number of session revocations, and separately of all others */
  constructor(
    private readonly backplane: Pick<Backplane, 'counters' | 'records' | 'now'>,
    max: number,
  ) {
    // Sets fill unevenly.
    this.maxPerSet = Math.min(max, Math.ceil((2 * max) / SETS) + 100);
  }

  /** @throws {BackplaneError} */
  async add(one: RevocationInForce): Promise<void> {
    const ttlMs = one.until - this.backplane.now();
    if (ttlMs <= 0) return;
    const entry = { max: this.maxPerSet, ttlMs, evicts: true };
    await this.backplane.counters.enter(setOf(one.revocation), memberOf(one), entry);
  }

  /**
   * Reads all of them, in the order in which they end, and adds those that are missing.
   *
   * @param known what is added where it is missing
   * @param onadd called before some are added
   * @throws {BackplaneError}
   */
  async exchange(known: readonly RevocationInForce[], onadd: () => void): Promise<readonly Json[]> {
    const knownBySet = bySet(known);
    const stored: Json[] = [];
    for (let first = 0; first < ALL_SETS.length; first += SETS_AT_ONCE) {
      const sets = ALL_SETS.slice(first, first + SETS_AT_ONCE);
      const members = await Promise.all(sets.map((set) => this.backplane.counters.members(set)));
      stored.push(...members.flat().flatMap(readMember));
      for (const [index, set] of sets.entries()) {
        const there = new Set(members[index]);
        const missing = (knownBySet.get(set) ?? []).filter((one) => !there.has(memberOf(one)));
        if (missing.length > 0) onadd();
        await this.addAll(missing);
      }
    }
    return stored.toSorted((one, other) => Number(one['until']) - Number(other['until']));
  }

  /** Whether a node has loaded all, and the engine has lost nothing since. @throws {BackplaneError} */
  async isMarked(): Promise<boolean> {
    return (await this.backplane.records.get(MARK)) !== undefined;
  }

  /** To be called by a node that knows all, once it has stored them. @throws {BackplaneError} */
  async mark(): Promise<void> {
    await this.backplane.records.put(MARK, { v: VERSION }, { ttlMs: MARK_MS });
  }

  private async addAll(missing: readonly RevocationInForce[]): Promise<void> {
    for (let first = 0; first < missing.length; first += ADDED_AT_ONCE) {
      await Promise.all(missing.slice(first, first + ADDED_AT_ONCE).map((one) => this.add(one)));
    }
  }
}

const VERSION = 1;
/** Sets of revocations of sessions, and as many of all others. */
const SETS = 64;
const KINDS = ['sessions', 'others'] as const;
const ALL_SETS = KINDS.flatMap((kind) =>
  Array.from({ length: SETS }, (_, number) => nameOfSet(kind, number)),
);
const SETS_AT_ONCE = 2;
const ADDED_AT_ONCE = 100;
const MARK = 'clerk revocations mark';
/** Put again by each node that starts, in milliseconds. */
const MARK_MS = 30 * 24 * 3_600_000;

function bySet(
  known: readonly RevocationInForce[],
): ReadonlyMap<string, readonly RevocationInForce[]> {
  const sets = new Map<string, RevocationInForce[]>();
  for (const one of known) {
    const set = setOf(one.revocation);
    const others = sets.get(set);
    if (others) others.push(one);
    else sets.set(set, [one]);
  }
  return sets;
}

function nameOfSet(kind: (typeof KINDS)[number], number: number): string {
  return `clerk revocations ${kind} ${number}`;
}

function setOf(revocation: Revocation): string {
  const kind = revocation.sessionId === undefined ? 'others' : 'sessions';
  const digest = hash('sha256', DenyList.keyOf(revocation), 'buffer');
  return nameOfSet(kind, digest.readUInt8(0) % SETS);
}

function memberOf({ revocation, until }: RevocationInForce): string {
  return JSON.stringify({ v: VERSION, until, revocation });
}

/** A member that another version wrote is left alone. */
function readMember(member: string): readonly Json[] {
  try {
    const value: unknown = JSON.parse(member);
    return isJsonObject(value) && value['v'] === VERSION ? [value] : [];
  } catch {
    return [];
  }
}
