import {
  DEFAULT_NEGOTIATED_PROTOCOL_VERSION,
  SUPPORTED_PROTOCOL_VERSIONS,
  isInitializeRequest,
  type AuthInfo,
  type JSONRPCMessage,
  type JSONRPCNotification,
  type JSONRPCRequest,
  type MessageExtraInfo,
  type RequestId,
  type Transport,
  type TransportSendOptions,
} from '@modelcontextprotocol/server';
import type { ServerResponse } from 'node:http';
import { exchangeOf, withRequestId } from '../invocation/mcp-exchange.js';
import { JSON_RPC, jsonRpcError } from '../protocol/json-rpc-error.js';
import { CallsInFlight } from './calls-in-flight.js';
import {
  cancelledCall,
  isCancellation,
  isRequest,
  isResponse,
  parseMessages,
} from './client-messages.js';
import type { SessionEventStore } from './contained-event-stores.js';
import { methodNotAllowed, refuse, sessionNotFound } from './legacy-refusals.js';
import { JsonAnswer, type PostAnswer } from './post-answer.js';
import { PostedCall } from './posted-call.js';
import { SessionStreams } from './session-streams.js';

/** One HTTP exchange of a client of the earlier revisions. */
export interface LegacyExchange {
  readonly authInfo: AuthInfo;
  /** Parsed. */
  readonly body: unknown;
  /** Only observed, and cut if it does not end. */
  readonly response: ServerResponse;
  /** @see SessionStreams */
  readonly admitStream: (earlier: ServerResponse | undefined) => Response | undefined;
}

/** The session of a transport. */
interface TransportSession {
  readonly id: string;
  readonly events: SessionEventStore;
  /** Connects the SDK's server, unless it is connected. */
  connect(): Promise<void>;
}

/**
 * The Streamable HTTP transport of the revisions 2024-11-05 to 2025-11-25, for one session. It
 * differs from the transport of the SDK: an id in flight cannot be used twice, a cancelled call
 * ends its response, and a new connection replaces the earlier one of its stream.
 */
export class SessionTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: Transport['onmessage'];
  sessionId: string | undefined;
  /** The requests that run, also those of the fast path. */
  readonly calls = new CallsInFlight();
  /** The requests that the SDK runs, by the ids under which it knows them. */
  private readonly running = new Map<RequestId, PostedCall>();
  /** Created for the first stream: a client may never open one. */
  private openedStreams: SessionStreams | undefined;
  private supported: readonly string[] = SUPPORTED_PROTOCOL_VERSIONS;
  private lastId = 0;
  private isClosed = false;

  /** @param session default: none, for one request that is answered with JSON */
  constructor(private readonly session?: TransportSession) {}

  /** Whether the client has opened the stream of the session, and so can resume it. */
  get isListening(): boolean {
    return this.openedStreams?.isOpened ?? false;
  }

  async start(): Promise<void> {}

  /** Opens the session, which its client can initialize once. */
  open(): void {
    this.sessionId = this.session?.id;
  }

  setSupportedProtocolVersions(versions: string[]): void {
    this.supported = versions;
  }

  /** Answers one request of the client, who owns the session. */
  async handleRequest(request: Request, exchange: LegacyExchange): Promise<Response> {
    if (this.isClosed) return sessionNotFound();
    switch (request.method) {
      case 'POST':
        return this.handlePost(request, exchange);
      case 'GET':
        return this.handleGet(request, exchange);
      case 'DELETE':
        return this.handleDelete(request);
      default:
        return methodNotAllowed('GET, POST, DELETE', 'Method not allowed.');
    }
  }

  /** Sends a message of the server on the stream that it belongs to. */
  async send(message: JSONRPCMessage, options: TransportSendOptions = {}): Promise<void> {
    if (isResponse(message)) {
      const answered = message.id === undefined ? undefined : this.running.get(message.id);
      return answered?.answer(message);
    }
    const { relatedRequestId } = options;
    if (relatedRequestId === undefined) return this.streams?.main.send(message);
    const call = this.running.get(relatedRequestId);
    if (call) return call.notify(message);
    // A call that has ended or was cancelled: nobody waits for its notifications.
    if ('id' in message) throw new Error('The call that asks has ended: nobody can answer.');
  }

  /** Ends the stream that the client opened with GET. The client may open another one. */
  closeStandaloneStream(): void {
    this.openedStreams?.main.closeConnection();
  }

  /** Cuts the stream that uses this response. */
  cut(response: ServerResponse): void {
    this.openedStreams?.cut(response);
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const { post } of this.running.values()) post.close();
    this.openedStreams?.close();
    this.running.clear();
    this.calls.clear();
    this.onclose?.();
  }

  private async handlePost(request: Request, exchange: LegacyExchange): Promise<Response> {
    const isBatch = Array.isArray(exchange.body);
    const messages = parseMessages(exchange.body);
    if (!messages) {
      return refuse(400, JSON_RPC.parseError, 'Parse error: Invalid JSON-RPC message');
    }
    const opening = messages.find((message) => isInitializeRequest(message));
    const refused = opening ? this.initialize(messages) : this.refuseVersion(request);
    if (refused) return refused;
    const requests = messages.filter(isRequest);
    // Notifications and answers are for calls that run, which only a connected server has.
    if (requests.length > 0) await this.session?.connect();
    if (this.isClosed) return sessionNotFound();
    const taken = this.takenId(requests, exchange);
    if (taken !== undefined) {
      const error = jsonRpcError(JSON_RPC.invalidRequest, ID_TAKEN, isBatch ? null : taken);
      return Response.json(error, { status: isBatch ? 400 : 200 });
    }
    const extra = { authInfo: exchange.authInfo, request };
    if (requests.length === 0) {
      for (const message of messages) this.receive(message, extra);
      return new Response(null, { status: 202 });
    }
    const version = opening
      ? (opening.params as { readonly protocolVersion: string }).protocolVersion // Checked.
      : (request.headers.get('mcp-protocol-version') ?? DEFAULT_NEGOTIATED_PROTOCOL_VERSION);
    return this.run(messages, extra, { exchange, canResume: this.canResumeAtOnce(version) });
  }

  /** Runs the requests of a POST. From here on, each one is in flight and can be cancelled. */
  private async run(
    messages: readonly JSONRPCMessage[],
    extra: MessageExtraInfo,
    { exchange, canResume }: { readonly exchange: LegacyExchange; readonly canResume: boolean },
  ): Promise<Response> {
    const { running, arrival = Infinity } = exchangeOf(exchange.authInfo);
    const post = this.streams?.answer(exchange.response) ?? new JsonAnswer();
    const calls = this.callsOf(messages, post, exchange);
    for (const call of calls.values()) {
      const isCancelled = running?.isCancelled || this.calls.wasCancelled(call.clientId, arrival);
      if (isCancelled) call.cancel();
    }
    // Cancelled calls of the same batch do not start.
    for (const message of messages) if (isCancellation(message)) this.receive(message, extra);
    if (!post.isOver && canResume) await post.prime(RETRY_MS);
    else if (running) post.begun();
    const closing = canResume && {
      closeSSEStream: () => post.closeConnection(),
      closeStandaloneSSEStream: () => this.closeStandaloneStream(),
    };
    for (const message of messages) {
      const call = calls.get(message);
      if (call?.start()) {
        const authInfo = withRequestId(exchange.authInfo, call.clientId);
        this.onmessage?.({ ...message, id: call.id }, { ...extra, authInfo, ...closing });
      } else if (!call && !isCancellation(message)) {
        this.receive(message, extra);
      }
    }
    return post.response;
  }

  private callsOf(
    messages: readonly JSONRPCMessage[],
    post: PostAnswer,
    { authInfo }: LegacyExchange,
  ): ReadonlyMap<JSONRPCMessage, PostedCall> {
    const session = {
      arrival: exchangeOf(authInfo).arrival ?? 0,
      running: this.running,
      inFlight: this.calls,
      abort: (notification: JSONRPCNotification) => this.onmessage?.(notification),
    };
    const calls = new Map<JSONRPCMessage, PostedCall>();
    for (const message of messages.filter(isRequest)) {
      this.lastId += 1;
      calls.set(message, new PostedCall(this.lastId, message.id, post, session));
    }
    return calls;
  }

  private get streams(): SessionStreams | undefined {
    const { session } = this;
    if (session) this.openedStreams ??= new SessionStreams(session.id, session.events);
    return this.openedStreams;
  }

  /** Takes a notification or an answer of the client. */
  private receive(message: JSONRPCMessage, extra: MessageExtraInfo): void {
    if (!isCancellation(message)) return this.onmessage?.(message, extra);
    const cancelled = cancelledCall(message);
    if (!cancelled) return;
    const { arrival = 0 } = exchangeOf(extra.authInfo);
    this.calls.cancel(cancelled.id, cancelled.reason, arrival);
  }

  private async handleGet(request: Request, exchange: LegacyExchange): Promise<Response> {
    const { streams } = this;
    if (!streams) return methodNotAllowed('POST', 'Method not allowed.');
    const refused = this.refuseVersion(request);
    if (refused) return refused;
    const lastEventId = request.headers.get('last-event-id');
    return lastEventId ? streams.resume(lastEventId, exchange) : streams.open(exchange);
  }

  private async handleDelete(request: Request): Promise<Response> {
    const refused = this.refuseVersion(request);
    if (refused) return refused;
    await this.close();
    return new Response(null, { status: 200 });
  }

  private initialize(messages: readonly JSONRPCMessage[]): Response | undefined {
    const refusal = (reason: string): Response =>
      refuse(400, JSON_RPC.invalidRequest, `Invalid Request: ${reason}`);
    if (this.sessionId !== undefined) return refusal('Server already initialized');
    if (messages.length > 1) return refusal('Only one initialization request is allowed');
    this.open();
    return undefined;
  }

  /** Refuses a revision that the server does not have. */
  private refuseVersion({ headers }: Request): Response | undefined {
    const version = headers.get('mcp-protocol-version');
    if (version === null || this.supported.includes(version)) return undefined;
    const known = `(supported versions: ${this.supported.join(', ')})`;
    const message = `Bad Request: Unsupported protocol version: ${version} ${known}`;
    return refuse(400, JSON_RPC.serverError, message);
  }

  /** The first id that two requests would have at the same time. */
  private takenId(
    requests: readonly JSONRPCRequest[],
    { authInfo }: LegacyExchange,
  ): RequestId | undefined {
    // The fast path hands its own call over.
    const own: object | undefined = exchangeOf(authInfo).running;
    const ids = new Set<RequestId>();
    for (const { id } of requests) {
      const other = this.calls.get(id);
      if (ids.has(id) || (other && other !== own)) return id;
      ids.add(id);
    }
    return undefined;
  }

  /** Whether the client can read an event without a message, from which it can resume. */
  private canResumeAtOnce(version: string): boolean {
    return this.session !== undefined && this.supported.includes(version) && version >= PRIMED;
  }
}

const ID_TAKEN = 'Invalid Request: the id belongs to another request that is not answered yet';

/** The first revision whose clients read events without a message. Revisions sort as text. */
const PRIMED = '2025-11-25';

/** Time after which a client that lost a stream should reconnect, in milliseconds. */
const RETRY_MS = 1_000;
