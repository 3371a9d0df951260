/** A message or a record: plain JSON. Other versions of the service may have written it. */
export type Json = Readonly<Record<string, unknown>>;

/**
 * What the nodes of a service share. Everything that spans nodes is written over these six parts, so that
 * an engine such as Redis is known in one place. Without another provider, one process is the service.
 *
 * Each method that returns a promise rejects with {@link BackplaneError} if the engine fails or takes
 * longer than its time limit. No method waits for a connection.
 */
export abstract class Backplane {
  /** Whether other processes share it. */
  abstract readonly isShared: boolean;
  /** Name of this process, unique for each start; 8 characters of `A-Za-z0-9`. */
  abstract readonly nodeId: string;
  abstract readonly records: Records;
  abstract readonly topics: Topics;
  abstract readonly logs: Logs;
  abstract readonly mailbox: Mailbox;
  abstract readonly counters: Counters;
  abstract readonly leases: Leases;

  /**
   * Milliseconds since the epoch by the clock of the engine, for times that several nodes compare: the clocks
   * of nodes may differ by minutes.
   */
  abstract now(): number;

  /**
   * Keys of 32 bytes for this purpose, the same on every node. The first one signs and encrypts; all of
   * them verify and decrypt. In one process without a secret: one random key.
   */
  abstract keys(purpose: string): readonly [Uint8Array, ...Uint8Array[]];

  /** Whether the engine answered lately. */
  abstract readonly isReachable: boolean;

  /** Called each time that the engine answers again after an outage, and when it answers first. */
  abstract onReachable(listener: () => void): () => void;

  /** Called when the engine has lost its data, such as by `FLUSHALL`. What must last is written again. */
  abstract onDataLost(listener: () => void): () => void;
}

/** A record as it is stored. */
export interface StoredRecord {
  readonly value: Json;
  /** Changes with each change of the record. */
  readonly revision: number;
}

/** How a record is written. */
export interface RecordWrite {
  /** Time after which the record is removed, in milliseconds. */
  readonly ttlMs: number;
  /** The revision that is replaced; 0 to create. Default: whatever is there. */
  readonly revision?: number;
}

/** Records by key, with a lifetime, that are compared and set. */
export interface Records {
  get(key: string): Promise<StoredRecord | undefined>;
  /** @returns the new revision; `undefined` if the record has another revision than expected */
  put(key: string, value: Json, write: RecordWrite): Promise<number | undefined>;
  /** Renews the lifetime. @returns whether the record exists */
  touch(key: string, ttlMs: number): Promise<boolean>;
  /** @returns whether it existed, with the expected revision. Default: any revision */
  delete(key: string, revision?: number): Promise<boolean>;
}

/** A message of a topic. Cursors are ordered as {@link compareCursors} says. */
export interface TopicMessage {
  readonly cursor: string;
  readonly message: Json;
}

/** What a subscriber of a topic is told. */
export interface TopicListener {
  /**
   * Called with each message, once, in the order of all nodes.
   *
   * @param cursor `undefined` if the engine failed, and only this node has the message
   */
  message(message: Json, cursor: string | undefined): void;
  /** Messages were lost: this node was away for longer than the topic keeps them. */
  gap?(): void;
}

/** Messages to every node. */
export interface Topics {
  /**
   * Sends a message to every node, this one included. If the engine fails, this node alone gets it.
   *
   * @returns whether every node will get it
   */
  publish(topic: string, message: Json): Promise<boolean>;
  /** @returns a function that ends the subscription */
  subscribe(topic: string, listener: TopicListener): () => void;
  /** Resolves when this node gets every message that is published from now on. */
  ready(topic: string): Promise<void>;
  /**
   * The messages after a cursor that this node still has, oldest first, from its memory; `undefined` if it
   * does not have all of them.
   */
  since(topic: string, cursor: string): readonly TopicMessage[] | undefined;
}

/** How much a log keeps. */
export interface LogBounds {
  /** Time after the last entry, in milliseconds. */
  readonly ttlMs: number;
  readonly maxEntries: number;
}

/** Bounded lists of entries that outlive the process that wrote them. */
export interface Logs {
  /** @returns the cursor of the entry */
  append(log: string, entry: Json, bounds: LogBounds): Promise<string>;
  /**
   * The entries after this cursor, oldest first; `undefined` if the log does not have the entry of the
   * cursor, or does not exist.
   *
   * @param after default: all entries that the log has
   */
  read(log: string, after?: string): Promise<readonly TopicMessage[] | undefined>;
}

/** Answers a message of another node. */
export type MailHandler = (message: Json, from: string) => Promise<Json> | Json;

/** Messages to one node, which answers. */
export interface Mailbox {
  /**
   * @param timeoutMs default: 1,000
   * @throws {NodeGoneError} the node has ended
   * @throws {BackplaneError} it did not answer in time, or its handler failed
   */
  ask(node: string, subject: string, message: Json, timeoutMs?: number): Promise<Json>;
  /** Handles the messages to this node about this subject. One handler per subject. */
  handle(subject: string, handler: MailHandler): () => void;
}

/** Hits to count under one key. */
export interface Hits {
  readonly key: string;
  /** Length of the window, in milliseconds. */
  readonly windowMs: number;
  /** Number of hits; 0 to read. */
  readonly hits: number;
  /** Counts them only while the estimate of the sliding window stays within this number. */
  readonly limit?: number;
}

/** The hits of all nodes under one key. */
export interface HitSums {
  readonly key: string;
  /** In the current window. */
  readonly current: number;
  /** In the window before it. */
  readonly earlier: number;
  /** Age of the current window, in milliseconds, by the clock of the engine. */
  readonly elapsedMs: number;
  /** Whether the hits were counted. */
  readonly isCounted: boolean;
}

/** How a set is entered. */
export interface SetEntry {
  /** Most members. */
  readonly max: number;
  /** Time after which the member falls out, unless it enters again, in milliseconds. */
  readonly ttlMs: number;
  /**
   * At the limit: removes the member that would fall out first, instead of refusing. Where all members have
   * the same lifetime, that is the one that entered longest ago. Default: false.
   */
  readonly evicts?: boolean;
}

/** Sums and sets over all nodes. */
export interface Counters {
  /** Adds hits and returns the sums, in the order of the hits. One round trip. */
  addHits(hits: readonly Hits[]): Promise<readonly HitSums[]>;
  /** Enters a set, or renews the membership. */
  enter(
    set: string,
    member: string,
    entry: SetEntry,
  ): Promise<{ readonly isMember: boolean; readonly evicted: readonly string[] }>;
  leave(set: string, member: string): Promise<void>;
  /**
   * The members that have not fallen out, in the order in which they will; those of one millisecond in any
   * order.
   */
  members(set: string): Promise<readonly string[]>;
}

/** Something that one node holds for a time. */
export interface Lease {
  /** Ends it, unless it has ended and another node holds it. */
  release(): Promise<void>;
}

/** Who lives, and who holds what. */
export interface Leases {
  /** Whether a node lives. This node lives as long as its own lease is renewed. */
  isAlive(node: string): Promise<boolean>;
  /** Nodes that ended without {@link forget}, for those who clean up after them. */
  gone(): Promise<readonly string[]>;
  /** Forgets a node that has ended. */
  forget(node: string): Promise<void>;
  /** Called when the lease of this node was lost for a time, such as while the process was frozen. */
  onLost(listener: () => void): () => void;
  /**
   * Takes a lease.
   *
   * @returns `undefined` if it is held
   */
  acquire(name: string, ttlMs: number): Promise<Lease | undefined>;
}

/** Whether a text has the form of a cursor. */
export function isCursor(text: string): boolean {
  return CURSOR.test(text);
}

const CURSOR = /^\d{1,16}-\d{1,16}$/;

/** Orders two cursors, the earlier one first. Cursors are `<milliseconds>-<number>`. */
export function compareCursors(one: string, other: string): number {
  const [time = 0, count = 0] = one.split('-').map(Number);
  const [otherTime = 0, otherCount = 0] = other.split('-').map(Number);
  return time - otherTime || count - otherCount;
}
