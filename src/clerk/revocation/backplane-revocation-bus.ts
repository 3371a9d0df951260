import { hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Revocation } from '../../access/revocation.js';
import { BackplaneError } from '../../backplane/backplane.errors.js';
import type { Backplane, Json } from '../../backplane/backplane.js';
import { describeFailure } from '../../backplane/contained-seam.js';
import { isJsonObject } from '../../request/json-object.js';
import { DenyList, type RevocationInForce } from '../tokens/deny-list.js';
import { RevocationBus, type RevocationListener } from './revocation-bus.js';

/** Why and when the stored revocations are loaded again. */
interface Plan {
  /** Whether what this node knows may be missing there. */
  readonly stores?: boolean;
  readonly afterMs?: number;
}

/** Options of {@link BackplaneRevocationBus}. */
interface BusOptions {
  /** Number of stored session revocations, and separately of all others. */
  readonly max: number;
  /** Time between a reason to load the stored revocations again and the load, in milliseconds. */
  readonly pauseMs?: number;
  /** Time between two attempts while the engine fails, in milliseconds. */
  readonly retryMs?: number;
  /** Time in which the nodes load the stored revocations after an outage, in milliseconds. */
  readonly spreadMs?: number;
}

/**
 * Publishes revocations to all nodes over a topic, and stores those in force, so that a node that starts
 * later loads them. They are stored in sets by their first target: each set is read at once, and small
 * enough that the engine answers others in between.
 *
 * When the engine has lost its data, or answers again after an outage, each node stores what it knows.
 */
export class BackplaneRevocationBus extends RevocationBus {
  private readonly logger = new Logger('ClerkAuthModule');
  private readonly listeners = new Set<RevocationListener>();
  private readonly maxPerSet: number;
  private readonly pauseMs: number;
  private readonly retryMs: number;
  private subscriptions: readonly (() => void)[] = [];
  private readonly spreadMs: number;
  private timer: NodeJS.Timeout | undefined;
  /** When the timer ends, by the monotonic clock. */
  private dueAt = 0;
  private isLoaded = false;
  private isExchanging = false;
  /** Whether what this node knows may be missing in the sets. */
  private mustStore = false;
  /** Whether a revocation was stored that other nodes were not told. */
  private mustTell = false;
  private mustLoad = false;

  constructor(
    private readonly backplane: Backplane,
    private readonly denied: DenyList,
    { max, pauseMs = PAUSE_MS, retryMs = RETRY_MS, spreadMs = SPREAD_MS }: BusOptions,
  ) {
    super();
    // Sets fill unevenly.
    this.maxPerSet = Math.min(max, Math.ceil((2 * max) / SETS) + 100);
    this.pauseMs = pauseMs;
    this.retryMs = retryMs;
    this.spreadMs = spreadMs;
  }

  override async publish(revocation: Revocation, until: number): Promise<void> {
    // Stored first: a node that starts in between then finds it, or is told.
    try {
      await this.store({ revocation, until });
    } catch (error) {
      this.plan({ stores: true, afterMs: this.retryMs });
      throw error;
    }
    const message = { v: VERSION, from: this.backplane.nodeId, revocation, until };
    if (await this.backplane.topics.publish(TOPIC, message)) return;
    this.mustTell = true;
    this.plan({ afterMs: this.retryMs });
    throw new BackplaneError('a revocation was not published');
  }

  override subscribe(listener: RevocationListener): () => void {
    this.listeners.add(listener);
    if (this.listeners.size === 1) this.open();
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) this.close();
    };
  }

  /** @throws {BackplaneError} the engine does not answer */
  override async load(): Promise<void> {
    // Whatever is published from here on is received; whatever was before is stored.
    await this.backplane.topics.ready(TOPIC);
    await this.exchange(true);
    this.isLoaded = true;
  }

  private open(): void {
    const { topics } = this.backplane;
    this.subscriptions = [
      topics.subscribe(TOPIC, {
        message: (message) => this.receive(message),
        gap: () => this.plan({}),
      }),
      this.backplane.onDataLost(() => this.plan({ stores: true })),
      this.backplane.onReachable(() => {
        // A failover may have lost what was stored last. Not all nodes read everything at once.
        const afterMs = this.pauseMs + Math.random() * this.spreadMs;
        if (this.isLoaded) this.plan({ stores: true, afterMs });
      }),
    ];
  }

  private close(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const end of this.subscriptions) end();
    this.subscriptions = [];
  }

  private receive(message: Json): void {
    if (message['v'] !== VERSION || message['from'] === this.backplane.nodeId) return;
    // Others wrote what was missing in the sets. This node reads alone, so that nodes do not answer each other.
    if (message['stored'] === true) this.plan({});
    else this.deliver(message);
  }

  /** The shape of the revocation is checked by the subscriber. */
  private deliver({ revocation, until }: Json): void {
    if (!isJsonObject(revocation)) return;
    const end = typeof until === 'number' ? until : undefined;
    for (const listener of this.listeners) listener(revocation, end);
  }

  /** Loads the stored revocations soon, once for all reasons of that time. */
  private plan({ stores = false, afterMs = this.pauseMs }: Plan): void {
    this.mustStore ||= stores;
    this.mustLoad = true;
    if (this.isExchanging || this.listeners.size === 0) return;
    const dueAt = performance.now() + afterMs;
    if (this.timer && dueAt >= this.dueAt) return;
    clearTimeout(this.timer);
    this.dueAt = dueAt;
    this.timer = setTimeout(() => void this.exchangeAgain(), afterMs).unref();
  }

  private async exchangeAgain(): Promise<void> {
    this.timer = undefined;
    const stores = this.mustStore;
    try {
      await this.exchange(stores);
    } catch (error) {
      this.logger.debug(
        `[Clerk] Loading revocations ${describeFailure(error)}. It is tried again.`,
      );
      this.plan({ stores, afterMs: this.retryMs });
    }
  }

  /**
   * Delivers what is stored.
   *
   * @param stores also stores what is known here alone
   */
  private async exchange(stores: boolean): Promise<void> {
    this.isExchanging = true;
    this.mustLoad = false;
    if (stores) this.mustStore = false;
    try {
      const known = stores ? this.knownBySet() : undefined;
      let stored = 0;
      const loaded: Json[] = [];
      for (let first = 0; first < ALL_SETS.length; first += SETS_AT_ONCE) {
        const sets = ALL_SETS.slice(first, first + SETS_AT_ONCE);
        const members = await Promise.all(sets.map((set) => this.backplane.counters.members(set)));
        loaded.push(...members.flat().flatMap(readMember));
        for (const [index, set] of sets.entries()) {
          stored += await this.storeMissing(known?.get(set) ?? [], members[index] ?? []);
        }
      }
      await this.deliverAll(loaded);
      if (stored > 0 || this.mustTell) await this.tellStored();
    } catch (error) {
      this.mustStore ||= stores;
      throw error;
    } finally {
      this.isExchanging = false;
      if (this.mustLoad) this.plan({});
    }
  }

  /** In the order in which they end, as a deny list keeps them; in steps, so that requests are served meanwhile. */
  private async deliverAll(loaded: Json[]): Promise<void> {
    loaded.sort((one, other) => Number(one['until']) - Number(other['until']));
    for (let first = 0; first < loaded.length; first += DELIVERED_AT_ONCE) {
      for (const one of loaded.slice(first, first + DELIVERED_AT_ONCE)) this.deliver(one);
      await setImmediate();
    }
  }

  private async tellStored(): Promise<void> {
    const message = { v: VERSION, from: this.backplane.nodeId, stored: true };
    this.mustTell = !(await this.backplane.topics.publish(TOPIC, message));
    if (this.mustTell) throw new BackplaneError('stored revocations were not published');
  }

  private knownBySet(): ReadonlyMap<string, readonly RevocationInForce[]> {
    const known = new Map<string, RevocationInForce[]>();
    for (const one of this.denied.entries()) {
      const set = setOf(one.revocation);
      const others = known.get(set);
      if (others) others.push(one);
      else known.set(set, [one]);
    }
    return known;
  }

  /** @returns how many were missing */
  private async storeMissing(
    known: readonly RevocationInForce[],
    members: readonly string[],
  ): Promise<number> {
    const there = new Set(members);
    const missing = known.filter((one) => !there.has(memberOf(one)));
    for (let first = 0; first < missing.length; first += STORED_AT_ONCE) {
      const some = missing.slice(first, first + STORED_AT_ONCE);
      await Promise.all(some.map((one) => this.store(one)));
    }
    return missing.length;
  }

  private async store(one: RevocationInForce): Promise<void> {
    const ttlMs = one.until - Date.now();
    if (ttlMs <= 0) return;
    const entry = { max: this.maxPerSet, ttlMs, evicts: true };
    await this.backplane.counters.enter(setOf(one.revocation), memberOf(one), entry);
  }
}

const VERSION = 1;
const TOPIC = 'clerk revocations';
/** Sets of revocations of sessions, and as many of all others. */
const SETS = 64;
const KINDS = ['sessions', 'others'] as const;
const ALL_SETS = KINDS.flatMap((kind) =>
  Array.from({ length: SETS }, (_, number) => nameOfSet(kind, number)),
);
const SETS_AT_ONCE = 2;
const STORED_AT_ONCE = 100;
const DELIVERED_AT_ONCE = 200;
const PAUSE_MS = 200;
const RETRY_MS = 1_000;
const SPREAD_MS = 5_000;

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
