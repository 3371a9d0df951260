import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { idOfNode, nodeOf } from '../../backplane/node-id.js';
import { JSON_RPC } from '../protocol/json-rpc-error.js';
import { EventConnection } from './event-connection.js';
import { EventStream } from './event-stream.js';
import { refuse, sessionNotFound } from './legacy-refusals.js';
import { whenClosed } from './node-response.js';
import { StreamAnswer } from './post-answer.js';
import type { ServiceEvent, TransportSession } from './transport-session.js';

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
  /** The streams of calls that run, by their ids. */
  private readonly calls = new Map<string, EventStream>();
  /** Streams of calls that other nodes run. */
  private readonly followed = new Set<EventConnection>();
  private readonly headers: Readonly<Record<string, string>>;
  private isClosed = false;

  constructor(private readonly session: TransportSession) {
    this.standalone = new EventStream(STANDALONE, session.events);
    this.headers = { ...STREAM_HEADERS, 'mcp-session-id': session.id };
  }

  /** Sends a message that belongs to no call. Without a connection it is kept for a resume. */
  get main(): Pick<EventStream, 'send' | 'sendStored' | 'closeConnection' | 'cut'> {
    return this.standalone;
  }

  /** Opens the stream of a POST. */
  answer(response: ServerResponse): StreamAnswer {
    const { peers, events } = this.session;
    const id = peers ? idOfNode(peers.nodeId, randomUUID()) : randomUUID();
    const stream = new EventStream(id, events);
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
    return this.responseOf(this.connectMain(response));
  }

  /** Continues a stream after an event, on a connection that replaces the earlier one. */
  async resume(lastEventId: string, { response, admitStream }: StreamRequest): Promise<Response> {
    const { id: sessionId, events, peers } = this.session;
    const missed = this.session.changesAfter(lastEventId);
    if (missed) return this.continueAfter(missed, { response, admitStream });
    const streamId = await events.getStreamIdForEventId(lastEventId);
    if (this.isClosed) return sessionNotFound();
    if (streamId === undefined) return unknownEvent();
    const node = this.calls.has(streamId) ? undefined : nodeOf(streamId);
    if (peers && node !== undefined && node !== peers.nodeId) {
      const refused = admitStream(undefined);
      if (refused) return refused;
      const connection = new EventConnection(response, CALL_KEEP_ALIVE_MS);
      this.followed.add(connection);
      whenClosed(response, () => this.followed.delete(connection));
      const isKnown = await peers.follow({ sessionId, streamId, lastEventId }, connection);
      return isKnown ? this.responseOf(connection) : unknownEvent();
    }
    const stream = this.find(streamId);
    const refused = admitStream(stream.response);
    if (refused) return refused;
    const connection = new EventConnection(response, KEEP_ALIVE_MS);
    if (stream === this.standalone) this.listen(connection);
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
    for (const connection of this.followed) {
      if (connection.response === response) connection.close();
    }
  }

  /** Ends every stream after the events that were sent. */
  close(): void {
    this.isClosed = true;
    for (const stream of [this.standalone, ...this.calls.values()]) stream.end();
    for (const connection of this.followed) connection.close();
    this.calls.clear();
  }

  /** Opens the stream of the session after a change of the service that the client knows. */
  private async continueAfter(
    missed: Promise<readonly ServiceEvent[]>,
    { response, admitStream }: StreamRequest,
  ): Promise<Response> {
    const refused = admitStream(this.standalone.response);
    if (refused) return refused;
    const connection = this.connectMain(response);
    connection.beginReplay();
    for (const event of await missed) connection.replay(event);
    connection.endReplay();
    return this.responseOf(connection);
  }

  private connectMain(response: ServerResponse): EventConnection {
    const connection = new EventConnection(response, KEEP_ALIVE_MS);
    this.listen(connection);
    this.standalone.connect(connection);
    return connection;
  }

  /** The session is told of changes while the client has a stream, or can resume it here. */
  private listen({ response }: EventConnection): void {
    const { session } = this;
    session.listens(true);
    if (!session.peers) return;
    session.peers.streamOpened(session.id);
    whenClosed(response, () => {
      if (!this.standalone.response) session.listens(false);
    });
  }

  private find(id: string): EventStream {
    const stream = id === STANDALONE ? this.standalone : this.calls.get(id);
    if (stream) return stream;
    // Its call has ended: the client gets the rest of the events.
    const ended = new EventStream(id, this.session.events);
    ended.end();
    return ended;
  }

  private responseOf({ body }: EventConnection): Response {
    return new Response(body, { headers: this.headers });
  }
}

function unknownEvent(): Response {
  return refuse(400, JSON_RPC.serverError, 'Bad Request: Last-Event-ID is unknown');
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
