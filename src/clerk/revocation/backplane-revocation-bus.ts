import { setImmediate } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Revocation } from '../../access/revocation.js';
import { BackplaneError } from '../../backplane/backplane.errors.js';
import type { Backplane, Json } from '../../backplane/backplane.js';
import { describeFailure } from '../../backplane/contained-seam.js';
import { isJsonObject } from '../../request/json-object.js';
import { DenyList } from '../tokens/deny-list.js';
import { RevocationBus, type RevocationListener } from './revocation-bus.js';
import { StoredRevocations } from './stored-revocations.js';

/** Why and when the stored revocations are loaded again. */
interface Plan {
  /** Whether what this node knows may be missing there. */
  readonly stores?: boolean;
  readonly afterMs?: number;
}

/** Options of {@link BackplaneRevocationBus}. Times are in milliseconds. */
interface BusOptions {
  /** Number of stored session revocations, and separately of all others. */
  readonly max: number;
  /** Time between a reason to load the stored revocations again and the load. */
  readonly pauseMs?: number;
  /** Time between two attempts while the engine fails. */
  readonly retryMs?: number;
  /** Time in which the nodes load the stored revocations after an outage. */
  readonly spreadMs?: number;
  /** Time in which another node must say that it stores what it knows. It has ten times as long to do so. */
  readonly askMs?: number;
}

/**
 * Publishes revocations to all nodes over a topic, and stores those in force, so that a node that starts
 * later loads them.
 *
 * When the engine has lost its data, or answers again after an outage, each node stores what it knows. A
 * node that starts before they have noticed finds no mark beside what is stored: it asks the others to
 * store what they know, and waits for the first one.
 */
export class BackplaneRevocationBus extends RevocationBus {
  private readonly logger = new Logger('ClerkAuthModule');
  private readonly listeners = new Set<RevocationListener>();
  private readonly options: Required<BusOptions>;
  private readonly store: StoredRevocations;
  private subscriptions: readonly (() => void)[] = [];
  private timer: NodeJS.Timeout | undefined;
  /** When the timer ends, by the monotonic clock. */
  private dueAt = 0;
  private isLoaded = false;
  private isExchanging = false;
  /** Whether what this node knows may be missing in the sets. */
  private mustStore = false;
  /** Whether other nodes may not know what was stored. */
  private mustTell = false;
  private mustLoad = false;
  /** Nodes that wait until this one has stored what it knows. */
  private readonly askers = new Set<string>();
  /** Called when another node stores what it knows, and when it has. */
  private onanswer: (isStored: boolean) => void = () => undefined;

  constructor(
    private readonly backplane: Backplane,
    private readonly denied: DenyList,
    options: BusOptions,
  ) {
    super();
    this.options = { ...TIMES, ...options };
    this.store = new StoredRevocations(backplane, options.max);
  }

  override async publish(revocation: Revocation, until: number): Promise<void> {
    // Stored first: a node that starts in between then finds it, or is told.
    try {
      await this.store.add({ revocation, until });
    } catch (error) {
      // The engine may have stored it all the same.
      this.mustTell = true;
      this.plan({ stores: true, afterMs: this.options.retryMs });
      throw error;
    }
    if (await this.tell({ revocation, until })) return;
    this.mustTell = true;
    this.plan({ afterMs: this.options.retryMs });
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
    const isMarked = await this.store.isMarked();
    if (!isMarked) await this.askOthers();
    await this.exchange(true);
    // The data were lost meanwhile.
    if (isMarked && !(await this.store.isMarked())) return this.load();
    await this.store.mark();
    this.isLoaded = true;
  }

  private open(): void {
    const { topics, mailbox } = this.backplane;
    this.subscriptions = [
      topics.subscribe(TOPIC, {
        message: (message) => this.receive(message),
        gap: () => this.plan({}),
      }),
      mailbox.handle(TOPIC, ({ v, stored }) => {
        if (v === VERSION) this.onanswer(stored === true);
        return { v: VERSION };
      }),
      this.backplane.onDataLost(() => this.plan({ stores: true })),
      this.backplane.onReachable(() => {
        const { pauseMs, spreadMs } = this.options;
        // A failover may have lost what was stored last. Not all nodes read everything at once.
        const afterMs = pauseMs + Math.random() * spreadMs;
        if (this.isLoaded) this.plan({ stores: true, afterMs });
      }),
    ];
  }

  private close(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const end of this.subscriptions) end();
    this.subscriptions = [];
    this.onanswer(true);
  }

  private tell(message: Json): Promise<boolean> {
    const { topics, nodeId } = this.backplane;
    return topics.publish(TOPIC, { v: VERSION, from: nodeId, ...message });
  }

  private receive(message: Json): void {
    const { v, from, stored, asks } = message;
    if (v !== VERSION || from === this.backplane.nodeId) return;
    // Others wrote what was missing in the sets. This node reads alone, so that nodes do not answer each other.
    if (stored === true) this.plan({});
    else if (asks === true) this.asked(from);
    else this.deliver(message);
  }

  /** The shape of the revocation is checked by the subscriber. */
  private deliver({ revocation, until }: Json): void {
    if (!isJsonObject(revocation)) return;
    const end = typeof until === 'number' ? until : undefined;
    for (const listener of this.listeners) listener(revocation, end);
  }

  /** A node that loads knows less than all: it does not answer. */
  private asked(node: unknown): void {
    if (!this.isLoaded || typeof node !== 'string') return;
    this.askers.add(node);
    this.answer(node, { stored: false });
    this.plan({ stores: true, afterMs: 0 });
  }

  /** Waits until another node has stored what it knows, or until there seems to be none. */
  private async askOthers(): Promise<void> {
    const { askMs } = this.options;
    let timer: NodeJS.Timeout | undefined;
    const answered = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, askMs).unref();
      this.onanswer = (isStored) => {
        clearTimeout(timer);
        if (isStored) resolve();
        else timer = setTimeout(resolve, 10 * askMs).unref();
      };
    });
    const isSent = await this.tell({ asks: true });
    if (isSent) await answered;
    clearTimeout(timer);
    if (!isSent) throw new BackplaneError('the other nodes could not be asked');
  }

  /** Loads the stored revocations soon, once for all reasons of that time. */
  private plan({ stores = false, afterMs = this.options.pauseMs }: Plan): void {
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
      this.plan({ stores, afterMs: this.options.retryMs });
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
    // Those that ask meanwhile are answered after the next exchange.
    const askers = stores ? [...this.askers] : [];
    try {
      const known = stores ? this.denied.entries() : [];
      const stored = await this.store.exchange(known, () => {
        this.mustTell = true;
      });
      await this.deliverAll(stored);
      if (stores && this.isLoaded) await this.store.mark();
      if (this.mustTell) await this.tellStored();
      for (const asker of askers) {
        this.askers.delete(asker);
        this.answer(asker, { stored: true });
      }
    } catch (error) {
      this.mustStore ||= stores;
      throw error;
    } finally {
      this.isExchanging = false;
      if (this.mustLoad) this.plan({});
    }
  }

  /** In steps, so that requests are served meanwhile. */
  private async deliverAll(loaded: readonly Json[]): Promise<void> {
    for (let first = 0; first < loaded.length; first += DELIVERED_AT_ONCE) {
      for (const one of loaded.slice(first, first + DELIVERED_AT_ONCE)) this.deliver(one);
      await setImmediate();
    }
  }

  private async tellStored(): Promise<void> {
    this.mustTell = !(await this.tell({ stored: true }));
    if (this.mustTell) throw new BackplaneError('stored revocations were not published');
  }

  private answer(node: string, answer: Json): void {
    const { mailbox } = this.backplane;
    mailbox.ask(node, TOPIC, { v: VERSION, ...answer }).catch((error: unknown) => {
      this.logger.debug(`[Clerk] Answering a node that starts ${describeFailure(error)}.`);
    });
  }
}

const VERSION = 1;
/** Also the subject of the answers to a node that starts. */
const TOPIC = 'clerk revocations';
const TIMES = { pauseMs: 200, retryMs: 1_000, spreadMs: 5_000, askMs: 1_000 };
const DELIVERED_AT_ONCE = 200;
