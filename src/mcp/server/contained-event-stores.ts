import type { EventStore } from '@modelcontextprotocol/server';
import { ContainedSeam } from '../../backplane/contained-seam.js';
import type { McpEventStores } from './event-stores.js';

/** The event stores of the application, whose failures end no stream. */
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

  /** The store of one session; `undefined` where it cannot be made now. */
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

  /** Forgets the store of a session that is over. */
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
 * The events of one session as its transport knows them. An event that could not be stored is sent
 * without an id, and nothing from before that gap is replayed: a client would take it for complete. Nor
 * is anything from before the session changed hands.
 */
export class SessionEventStore implements EventStore {
  private readonly seam: ContainedSeam;
  /** Grows with each gap and with each new owner; ids of an earlier one are not known any more. */
  private generation = 0;
  /** The first generation of the owner. */
  private owned = 0;
  private store: EventStore | undefined;
  private isOver = false;

  constructor(
    private readonly stores: ContainedEventStores,
    private readonly sessionId: string,
  ) {
    this.seam = stores.seam;
  }

  /** Whether this id may be one of the owner's; also where there is none. */
  knowsOf(eventId: string | null): boolean {
    return eventId === null || generationOf(eventId) >= this.owned;
  }

  /** Forgets what was sent to the one who had the session before. */
  handOver(): void {
    this.generation += 1;
    this.owned = this.generation;
  }

  /** Forgets everything: the session is over. */
  drop(): void {
    this.isOver = true;
    if (this.store) this.stores.drop(this.sessionId);
    this.store = undefined;
  }

  /** @returns an empty id for an event that could not be stored */
  async storeEvent(streamId: string, message: Message): Promise<string> {
    if (!this.isOver) this.store ??= this.stores.create(this.sessionId);
    const { store, generation } = this;
    if (!store) return NO_ID;
    const id = await this.seam.callOr(
      async () => String(await store.storeEvent(streamId, message)),
      () => NO_ID,
    );
    if (id === NO_ID) this.generation += 1;
    // A gap or a new owner that came meanwhile makes an id worthless.
    return id === NO_ID || generation !== this.generation ? NO_ID : mark(generation, id);
  }

  async getStreamIdForEventId(eventId: string): Promise<string | undefined> {
    const { store } = this;
    const id = this.ownIdOf(eventId);
    if (!store || id === undefined) return undefined;
    if (!store.getStreamIdForEventId) return UNKNOWN_STREAM;
    return this.seam.callOr(
      async () => store.getStreamIdForEventId?.(id),
      () => undefined,
    );
  }

  async replayEventsAfter(lastEventId: string, { send }: Sender): Promise<string> {
    const { store, generation } = this;
    const id = this.ownIdOf(lastEventId);
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

  /** The id that the store has given; `undefined` for one of before a gap or of another owner. */
  private ownIdOf(eventId: string): string | undefined {
    if (generationOf(eventId) !== this.generation) return undefined;
    return this.generation === 0 ? eventId : eventId.slice(mark(this.generation, '').length);
  }
}

/** The transport puts no id on the wire for it. */
const NO_ID = '';
/** A stream that no call has: the transport ends it at once. */
const UNKNOWN_STREAM = '-';

/** As long as nothing has happened, ids are those of the store. */
function mark(generation: number, id: string): string {
  return generation === 0 ? id : `g${generation}~${id}`;
}

function generationOf(eventId: string): number {
  return Number(MARK.exec(eventId)?.[1] ?? 0);
}

const MARK = /^g(\d{1,9})~/;
