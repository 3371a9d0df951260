import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { JSON_RPC } from '../protocol/json-rpc-error.js';
import type { SessionEventStore } from './contained-event-stores.js';
import { EventConnection } from './event-connection.js';
import { EventStream } from './event-stream.js';
import { refuse, sessionNotFound } from './legacy-refusals.js';
import { StreamAnswer } from './post-answer.js';

/** What opens a stream. */
interface StreamRequest {
  readonly response: ServerResponse;
  /**
   * Called before a stream opens.
   *
   * @param earlier the stream that it replaces
   * @returns the answer, if it may not open
   */
  readonly admitStream: (earlier: ServerResponse | undefined) => Response | undefined;
}

/**
 * The streams of one session: one that the client opens with GET, and one for each POST whose
 * requests run. The newest connection of a stream replaces the earlier one.
 */
export class SessionStreams {
  private readonly standalone: EventStream;
  private wasOpened = false;
  /** The streams of calls that run, by their ids. */
  private readonly calls = new Map<string, EventStream>();
  private readonly headers: Readonly<Record<string, string>>;
  private isClosed = false;

  constructor(
    sessionId: string,
    private readonly events: SessionEventStore,
  ) {
    this.standalone = new EventStream(STANDALONE, events);
    this.headers = { ...STREAM_HEADERS, 'mcp-session-id': sessionId };
  }

  /** Whether the client has opened the stream of the session, and so can resume it. */
  get isOpened(): boolean {
    return this.wasOpened;
  }

  /** Sends a message that belongs to no call. Without a connection it is kept for a resume. */
  get main(): Pick<EventStream, 'send' | 'closeConnection'> {
    return this.standalone;
  }

  /** Opens the stream of a POST. */
  answer(response: ServerResponse): StreamAnswer {
    const stream = new EventStream(randomUUID(), this.events);
    const connection = new EventConnection(response, CALL_KEEP_ALIVE_MS);
    stream.connect(connection);
    this.calls.set(stream.id, stream);
    const onend = (): void => void this.calls.delete(stream.id);
    return new StreamAnswer(stream, connection, this.responseOf(connection), onend);
  }

  /** Opens the stream of the session, which replaces an earlier connection of it. */
  open({ response, admitStream }: StreamRequest): Response {
    const refused = admitStream(this.standalone.response);
    if (refused) return refused;
    const connection = new EventConnection(response, KEEP_ALIVE_MS);
    this.wasOpened = true;
    this.standalone.connect(connection);
    return this.responseOf(connection);
  }

  /** Continues a stream after an event, on a connection that replaces the earlier one. */
  async resume(lastEventId: string, { response, admitStream }: StreamRequest): Promise<Response> {
    const streamId = await this.events.getStreamIdForEventId(lastEventId);
    if (this.isClosed) return sessionNotFound();
    if (streamId === undefined) {
      return refuse(400, JSON_RPC.serverError, 'Bad Request: Last-Event-ID is unknown');
    }
    const stream = this.find(streamId);
    const refused = admitStream(stream.response);
    if (refused) return refused;
    const connection = new EventConnection(response, KEEP_ALIVE_MS);
    const isComplete = await stream.resume(connection, lastEventId);
    if (this.isClosed) return sessionNotFound();
    if (!isComplete) return refuse(503, JSON_RPC.serverError, 'The events could not be read');
    const isDone = connection.isClosed && connection.events === 0;
    // Clients reconnect when a stream ends without an answer. 204 tells them to stop.
    return isDone ? new Response(null, { status: 204 }) : this.responseOf(connection);
  }

  /** Cuts the stream that uses this response. */
  cut(response: ServerResponse): void {
    for (const stream of [this.standalone, ...this.calls.values()]) {
      if (stream.response === response) stream.cut();
    }
  }

  /** Ends every stream after the events that were sent. */
  close(): void {
    this.isClosed = true;
    for (const stream of [this.standalone, ...this.calls.values()]) stream.end();
    this.calls.clear();
  }

  private find(id: string): EventStream {
    const stream = id === STANDALONE ? this.standalone : this.calls.get(id);
    if (stream) return stream;
    // Its call has ended: the client gets the rest of the events.
    const ended = new EventStream(id, this.events);
    ended.end();
    return ended;
  }

  private responseOf({ body }: EventConnection): Response {
    return new Response(body, { headers: this.headers });
  }
}

const STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  connection: 'keep-alive',
  'x-accel-buffering': 'no',
};

/** Id of the stream that the client opens with GET. */
const STANDALONE = '_GET_stream';

/** Time between comments on the stream of a session, in milliseconds. */
const KEEP_ALIVE_MS = 15_000;
/** Time between comments on the stream of a call: proxies close connections that are silent. */
const CALL_KEEP_ALIVE_MS = 1_000;
