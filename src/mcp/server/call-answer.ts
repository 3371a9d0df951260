import type { ServerResponse } from 'node:http';
import type { NodeServerResponseLike } from '@modelcontextprotocol/node';
import { isJsonObject } from '../../request/json-object.js';
import { JSON_TYPE, STREAM_TYPE, type AcceptedTypes } from '../protocol/accepted-types.js';
import { JSON_RPC, jsonRpcError } from '../protocol/json-rpc-error.js';
import type { McpReading } from '../protocol/read-messages.js';
import { SILENT_BEATS, SLOW_BEATS, type Heartbeat } from './heartbeat.js';
import type { UnreadAnswers } from './unread-answers.js';

/** The exchange that is answered. */
export interface AnsweredExchange {
  readonly response: ServerResponse;
  readonly reading: McpReading;
  readonly accepted: AcceptedTypes;
  /** The session that the request names. */
  readonly sessionId: string | undefined;
}

/**
 * The open calls that the SDK serves. With each beat, those that say nothing get a comment, whichever
 * transport of the SDK serves them: proxies close a connection on which nothing happens.
 */
export class CallAnswers {
  private readonly open = new Set<CallAnswer>();

  constructor(
    private readonly heartbeat: Heartbeat,
    private readonly unread: UnreadAnswers,
  ) {
    heartbeat.onBeat(() => {
      for (const answer of this.open) answer.beat();
    });
  }

  /** Number of calls that are not answered. */
  get size(): number {
    return this.open.size;
  }

  /**
   * Answers one call. Returns when it is answered.
   *
   * @param startedAt beat in which the call began
   */
  async write(
    exchange: AnsweredExchange,
    startedAt: number,
    serve: (answer: NodeServerResponseLike) => Promise<void>,
  ): Promise<void> {
    const age = this.heartbeat.count - startedAt;
    const answer = new CallAnswer(exchange, this.unread, age);
    this.open.add(answer);
    try {
      await serve(answer);
    } finally {
      this.open.delete(answer);
    }
  }
}

/**
 * The answer to a call, written by the SDK: one JSON body, or an event stream. A slow call becomes a
 * stream before the SDK has an answer, if its client takes streams. A JSON body that comes later, also
 * that of a failure, is the last event of that stream.
 */
class CallAnswer implements NodeServerResponseLike {
  private form: 'undecided' | 'json' | 'stream' | 'events' = 'undecided';
  /** What the SDK has answered, to be written as events. */
  private readonly body: Uint8Array[] = [];
  private status = 200;
  /** Beats since the last byte. */
  private silentBeats: number;

  constructor(
    private readonly exchange: AnsweredExchange,
    private readonly unread: UnreadAnswers,
    age: number,
  ) {
    this.silentBeats = age;
    // The transport of a session begins its stream itself, at once.
    if (age >= SLOW_BEATS && exchange.sessionId === undefined) this.begin();
  }

  get destroyed(): boolean {
    return this.exchange.response.destroyed;
  }

  /** Ends a silence of the answer. */
  beat(): void {
    this.silentBeats += 1;
    const { response } = this.exchange;
    if (response.destroyed || response.writableEnded || this.form === 'json') return;
    if (!response.headersSent) {
      if (this.silentBeats >= SLOW_BEATS) this.begin();
      return;
    }
    // A comment behind data that the client has not read would not reach it either.
    if (this.silentBeats >= SILENT_BEATS && response.writableLength === 0) this.send(COMMENT);
  }

  writeHead(status: number, headers: Record<string, string> = {}): void {
    const { response, accepted } = this.exchange;
    this.status = status;
    const type = headers['content-type'] ?? '';
    const isStream = type.startsWith(STREAM_TYPE);
    if (response.headersSent) {
      this.form = isStream ? 'stream' : 'events';
    } else if (status === 200 && type.startsWith(JSON_TYPE) && !accepted.allows(JSON_TYPE)) {
      this.form = 'events';
      this.writeStreamHead(headers);
    } else {
      this.form = isStream ? 'stream' : 'json';
      response.writeHead(status, headers);
      if (this.silentBeats >= SLOW_BEATS) response.flushHeaders();
    }
  }

  write(chunk: Uint8Array | string): boolean {
    if (this.form === 'events') this.body.push(Buffer.from(chunk));
    else this.send(chunk);
    return true;
  }

  end(): void {
    const { response } = this.exchange;
    if (this.form === 'events' && !response.destroyed) {
      for (const message of this.messages()) this.send(`event: message\ndata: ${message}\n\n`);
    }
    response.end();
  }

  on(event: string, listener: (...args: unknown[]) => void): void {
    this.exchange.response.on(event, listener);
  }

  /** Begins a stream, if the client takes one, while the call runs. */
  private begin(): void {
    if (this.destroyed || !mayBecomeStream(this.exchange)) return;
    this.writeStreamHead();
    this.send(COMMENT);
  }

  private writeStreamHead(headers: Record<string, string> = {}): void {
    const { response, sessionId } = this.exchange;
    const { 'content-length': _length, ...rest } = headers;
    response.writeHead(200, {
      ...(sessionId !== undefined && { 'mcp-session-id': sessionId }),
      ...rest,
      ...STREAM_HEADERS,
    });
  }

  private send(chunk: Uint8Array | string): void {
    this.silentBeats = 0;
    this.unread.write(this.exchange.response, chunk);
  }

  /** The JSON-RPC messages of a body, each as JSON. A failure answers every request of the body. */
  private messages(): readonly string[] {
    const text = Buffer.concat(this.body).toString();
    const { reading } = this.exchange;
    if (this.status === 200 && !reading.isBatch) return [text];
    const answer = parse(text);
    if (Array.isArray(answer)) return answer.map((one: unknown) => JSON.stringify(one));
    if (this.status === 200) return [text];
    const { error } = isJsonObject(answer) && isJsonObject(answer['error']) ? answer : FAILED;
    return requestIdsIn(reading).map((id) => JSON.stringify({ jsonrpc: '2.0', id, error }));
  }
}

/**
 * Whether a call becomes a stream because it is slow. Without a session the client must ask for
 * streams: HTTP libraries that accept anything expect JSON.
 */
export function mayBecomeStream({ accepted, reading, sessionId }: AnsweredExchange): boolean {
  // The answer to `initialize` has the session in its headers.
  if (reading.messages.some(({ method }) => method === 'initialize')) return false;
  if (requestIdsIn(reading).length === 0 || !accepted.allows(STREAM_TYPE)) return false;
  if (sessionId !== undefined || accepted.names(STREAM_TYPE)) return true;
  return !accepted.allows(JSON_TYPE);
}

/** The ids of the requests of a body. */
export function requestIdsIn({ messages }: McpReading): readonly (string | number)[] {
  return messages.flatMap(({ json, id }) =>
    json && 'method' in json && id !== undefined ? [id] : [],
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const FAILED = jsonRpcError(JSON_RPC.internalError, 'Internal server error');

/** A line that clients ignore. @see https://html.spec.whatwg.org/multipage/server-sent-events.html */
const COMMENT = ': keep-alive\n\n';

const STREAM_HEADERS = {
  'content-type': STREAM_TYPE,
  'cache-control': 'no-cache, no-transform',
  // Tells nginx to pass each event on at once.
  'x-accel-buffering': 'no',
};
