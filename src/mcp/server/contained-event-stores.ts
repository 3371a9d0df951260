import type { EventStore } from '@modelcontextprotocol/server';
import { ContainedSeam } from '../../backplane/contained-seam.js';
import type { StreamEnd } from './backplane-event-stores.js';
import type { McpEventStores } from './event-stores.js';

/** The event stores of the application. Their failures do not end a stream. */
export class ContainedEventStores {
  readonly seam: ContainedSeam;

  constructor(
    private readonly stores: McpEventStores,
    timeoutMs: number,
  ) {
    this.seam = new ContainedSeam({
      name: 'McpEventStores',
      consequence: 'Streams go on, and a client that loses one cannot resume it.',
      timeoutMs,
    });
  }

  /** The store of one session; `undefined` while it cannot be created. */
  create(sessionId: string): EventStore | undefined {
    let store: EventStore | undefined;
    void this.seam.callOr(
      () => {
        store = this.stores.create(sessionId);
      },
      () => undefined,
    );
    return store;
  }

  /** Drops the store of a session that has ended. */
  drop(sessionId: string): void {
    void this.seam.callOr<unknown>(
      () => this.stores.drop(sessionId),
      () => undefined,
    );
  }
}

type Message = Parameters<EventStore['storeEvent']>[1];
type Sender = Parameters<EventStore['replayEventsAfter']>[1];

/**
 * The events of one session for its transport. An event that could not be stored is sent without an
 * id. Events from before such a gap, or from before the session changed its owner, are not
 * replayed.
 */
export class SessionEventStore implements EventStore {
  private readonly seam: ContainedSeam;
  /** Increased by each gap and each new owner. Ids of earlier generations are no longer valid. */
  private generation = 0;
  /** The first generation of the current owner. */
  private ownerSince = 0;
  private store: EventStore | undefined;
  private isOver = false;

  constructor(
    private readonly stores: ContainedEventStores,
    private readonly sessionId: string,
  ) {
    this.seam = stores.seam;
  }

  /** Whether the current owner may have received this id; true for `null`. */
  mayResumeFrom(eventId: string | null): boolean {
    return eventId === null || generationOf(eventId) >= this.ownerSince;
  }

  /** Invalidates the events that were sent to the previous owner. */
  handOver(): void {
    this.generation += 1;
    this.ownerSince = this.generation;
  }

  /** Takes over how often the session has changed its owner, as another node knows it. */
  resumeAt(owners: number): void {
    if (owners <= this.ownerSince) return;
    this.generation = Math.max(this.generation, owners);
    this.ownerSince = owners;
  }

  /** Leaves the events where they are: the session goes on at another node. */
  leave(): void {
    this.isOver = true;
    this.store = undefined;
  }

  /** Marks the end of a stream, for clients that read it at another node. */
  async endStream(streamId: string): Promise<void> {
    const { store } = this;
    if (!store || !marksEnds(store)) return;
    await this.seam.callOr(
      () => store.endStream(streamId),
      () => undefined,
    );
  }

  /** Drops all events: the session has ended. */
  drop(): void {
    this.isOver = true;
    if (this.store) this.stores.drop(this.sessionId);
    this.store = undefined;
  }

  /** @returns an empty id for an event that could not be stored */
  async storeEvent(streamId: string, message: Message): Promise<string> {
    const store = this.open();
    const { generation } = this;
    if (!store) return NO_ID;
    const id = await this.seam.callOr(
      async () => String(await store.storeEvent(streamId, message)),
      () => NO_ID,
    );
    if (id === NO_ID) this.generation += 1;
    // The id is invalid if a gap or a new owner came meanwhile.
    return id === NO_ID || generation !== this.generation ? NO_ID : mark(generation, id);
  }

  async getStreamIdForEventId(eventId: string): Promise<string | undefined> {
    const store = this.open();
    const id = this.storeIdOf(eventId);
    if (!store || id === undefined) return undefined;
    const found = await this.seam.callOr<string | undefined>(
      // A store without this method tells the stream when it replays.
      async () =>
        store.getStreamIdForEventId
          ? store.getStreamIdForEventId(id)
          : store.replayEventsAfter(id, { send: async () => undefined }),
      () => undefined,
    );
    return found === '' ? undefined : found;
  }

  async replayEventsAfter(lastEventId: string, { send }: Sender): Promise<string> {
    const store = this.open();
    const { generation } = this;
    const id = this.storeIdOf(lastEventId);
    if (!store || id === undefined) return UNKNOWN_STREAM;
    let isOver = false;
    const sender: Sender = {
      send: async (eventId, message) => {
        if (!isOver) await send(mark(generation, eventId), message);
      },
    };
    try {
      return await this.seam.callOr(
        () => store.replayEventsAfter(id, sender),
        () => UNKNOWN_STREAM,
      );
    } finally {
      isOver = true;
    }
  }

  private open(): EventStore | undefined {
    if (!this.isOver) this.store ??= this.stores.create(this.sessionId);
    return this.store;
  }

  /** The id in the store; `undefined` for an id of an earlier generation. */
  private storeIdOf(eventId: string): string | undefined {
    if (generationOf(eventId) !== this.generation) return undefined;
    return this.generation === 0 ? eventId : eventId.slice(mark(this.generation, '').length);
  }
}

function marksEnds(store: EventStore): store is EventStore & StreamEnd {
  return 'endStream' in store && typeof store.endStream === 'function';
}

/** The transport puts no id on the wire for it. */
const NO_ID = '';
/** Id of a stream that does not exist: the transport refuses to resume it. */
const UNKNOWN_STREAM = '-';

/** In generation 0, ids are those of the store. */
function mark(generation: number, id: string): string {
  return generation === 0 ? id : `g${generation}~${id}`;
}

function generationOf(eventId: string): number {
  return Number(MARK.exec(eventId)?.[1] ?? 0);
}

const MARK = /^g(\d{1,9})~/;
