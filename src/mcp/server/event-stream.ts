import type { ServerResponse } from 'node:http';
import type { EventStore, JSONRPCMessage, RequestId } from '@modelcontextprotocol/server';
import type { SessionEventStore } from './contained-event-stores.js';
import { endSoon, type EventConnection } from './event-connection.js';

/**
 * One stream of a session: of a POST, or the stream that the client opens with GET. Its events are
 * stored, and sent on the connection that the client opened last; the earlier connection ends.
 */
export class EventStream {
  private connection: EventConnection | undefined;
  /** Resolves when the events so far are written. */
  private written: Promise<unknown> = Promise.resolve();
  /** Number of events that are being stored, or wait for one. */
  private unsent = 0;
  /**
   * Ids of events that a replay has sent before they were sent live, to this or an earlier
   * connection. Whoever connects later asks for what it missed, so that they are not sent again.
   */
  private readonly replayed = new Set<string>();
  private isOver = false;

  constructor(
    readonly id: string,
    private readonly events: StreamEvents,
  ) {}

  /** The response on which events are sent. */
  get response(): ServerResponse | undefined {
    return this.connection?.isClosed === false ? this.connection.response : undefined;
  }

  /** Sends events on this connection from now on. The earlier one ends, also if nobody reads it. */
  connect(connection: EventConnection): void {
    const { connection: earlier } = this;
    this.connection = connection;
    if (!earlier || earlier.isClosed) return;
    earlier.close();
    endSoon(earlier.response);
  }

  /**
   * Sends an event that gives the client an id to resume from.
   *
   * @param requestIds of the requests that the stream answers
   */
  async prime(retryMs: number, requestIds: readonly RequestId[]): Promise<void> {
    // The stored event has no message, and stores accept any object.
    const event = { requestIds } as unknown as JSONRPCMessage;
    const id = await this.events.storeEvent(this.id, event);
    this.connection?.prime(id, retryMs);
  }

  /** Stores an event and sends it. Events are sent in the order of the calls. */
  async send(message: JSONRPCMessage): Promise<void> {
    this.unsent += 1;
    const written = this.sendAfter(this.written, this.events.storeEvent(this.id, message), message);
    this.written = written.catch(() => undefined).finally(() => this.sent());
    await written;
  }

  /** Sends an event that is stored elsewhere. An empty id: the client cannot resume from it. */
  sendStored(id: string, message: JSONRPCMessage): void {
    void this.written.then(() => this.connection?.send({ id, message }));
  }

  /**
   * Replays the events after this one on a new connection, which continues with live events.
   *
   * @returns false if the events could not be read
   */
  async resume(connection: EventConnection, lastEventId: string): Promise<boolean> {
    this.connect(connection);
    connection.beginReplay();
    const streamId = await this.events.replayEventsAfter(lastEventId, {
      send: async (id, message) => {
        if (connection !== this.connection || connection.isClosed) return;
        // The first event of a stream has no message: it only gives the client an id.
        if (!('jsonrpc' in message)) return;
        if (this.unsent > 0) this.replayed.add(id);
        connection.replay({ id, message });
      },
    });
    const isComplete = streamId === this.id;
    if (this.isOver || !isComplete) connection.end();
    connection.endReplay();
    return isComplete;
  }

  /** Ends the connection after the events that were sent. A resumed stream ends after its replay. */
  end(): void {
    this.isOver = true;
    void this.written.then(() => {
      this.connection?.end();
      return this.events.endStream?.(this.id);
    });
  }

  /** Closes the connection after the events that were sent. The client may resume. */
  closeConnection(): void {
    const { connection } = this;
    void this.written.then(() => connection?.close());
  }

  /** Closes the connection at once: its client may not receive anything more. */
  cut(): void {
    this.connection?.close();
  }

  private sent(): void {
    this.unsent -= 1;
    if (this.unsent === 0) this.replayed.clear();
  }

  private async sendAfter(
    earlier: Promise<unknown>,
    stored: Promise<string>,
    message: JSONRPCMessage,
  ): Promise<void> {
    const id = await stored.catch(() => '');
    await earlier;
    if (!this.replayed.delete(id)) this.connection?.send({ id, message });
  }
}

/** Where the events of a stream are stored. */
type StreamEvents = Pick<EventStore, 'storeEvent' | 'replayEventsAfter'> &
  Partial<Pick<SessionEventStore, 'endStream'>>;
