import {
  SUPPORTED_PROTOCOL_VERSIONS,
  isInitializeRequest,
  type JSONRPCMessage,
  type JSONRPCNotification,
  type JSONRPCResponse,
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
import { askerOf, ClientQuestions } from './client-questions.js';
import { methodNotAllowed, refuse, sessionNotFound } from './legacy-refusals.js';
import { isLogLevel, readsEventsAtOnce, refuseVersion, takenId } from './post-checks.js';
import { JsonAnswer, type PostAnswer } from './post-answer.js';
import { PostedCall } from './posted-call.js';
import type { LegacyExchange, TransportSession } from './transport-session.js';
import { SessionStreams } from './session-streams.js';

/**
 * The Streamable HTTP transport of the revisions 2024-11-05 to 2025-11-25, for one session. It
 * differs from the transport of the SDK: an id in flight cannot be used twice, a cancelled call
 * ends its response, and a new connection replaces the earlier one of its stream.
 */
export class SessionTransport implements Transport {
  onclose?: (() => void) | undefined;
  onerror?: ((error: Error) => void) | undefined;
  onmessage?: Transport['onmessage'] | undefined;
  /** Called once, when the transport has ended. */
  onended?: () => void;
  sessionId: string | undefined;
  /** The requests that run, also those of the fast path. */
  readonly calls = new CallsInFlight();
  /** The requests that the SDK runs, by the ids under which it knows them. */
  private readonly running = new Map<RequestId, PostedCall>();
  private readonly questions = new ClientQuestions(this.running);
  /** Created for the first stream: a client may never open one. */
  private openedStreams: SessionStreams | undefined;
  private supported: readonly string[] = SUPPORTED_PROTOCOL_VERSIONS;
  private lastId = 0;
  private isClosed = false;

  /** @param session default: none, for one request that is answered with JSON */
  constructor(private readonly session?: TransportSession) {}

  /** Whether requests run. */
  get isBusy(): boolean {
    return this.running.size > 0 || this.calls.size > 0;
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
    if (call) return call.notify(this.questions.toClient(message, call, this.session));
    // A call that has ended or was cancelled: nobody waits for its notifications.
    if ('id' in message) throw new Error('The call that asks has ended: nobody can answer.');
  }

  /**
   * Sends a notification that belongs to no call.
   *
   * @param id of the event in the history of all nodes. Default: it is stored for this session
   */
  async notify(message: JSONRPCMessage, id?: string): Promise<void> {
    if (id === undefined) return this.streams?.main.send(message);
    this.streams?.main.sendStored(id, message);
  }

  /** Leaves the SDK's server, which forgets what it knew. */
  disconnect(): void {
    this.onmessage = undefined;
    this.onclose = undefined;
    this.onerror = undefined;
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
    this.onended?.();
  }

  private async handlePost(request: Request, exchange: LegacyExchange): Promise<Response> {
    const isBatch = Array.isArray(exchange.body);
    const messages = parseMessages(exchange.body);
    if (!messages) {
      return refuse(400, JSON_RPC.parseError, 'Parse error: Invalid JSON-RPC message');
    }
    const opening = messages.find((message) => isInitializeRequest(message));
    const refused = opening ? this.initialize(messages) : refuseVersion(request, this.supported);
    if (refused) return refused;
    const requests = messages.filter(isRequest);
    // Notifications and answers are for calls that run, which only a connected server has.
    if (requests.length > 0) await this.session?.connect();
    if (this.isClosed) return sessionNotFound();
    const taken = takenId(requests, this.calls, exchangeOf(exchange.authInfo).running);
    if (taken !== undefined) {
      const error = jsonRpcError(JSON_RPC.invalidRequest, ID_TAKEN, isBatch ? null : taken);
      return Response.json(error, { status: isBatch ? 400 : 200 });
    }
    const extra = { authInfo: exchange.authInfo, request };
    if (requests.length === 0) return this.receiveAll(messages, extra);
    const canResume =
      this.session !== undefined && readsEventsAtOnce(request, opening, this.supported);
    return this.run(messages, extra, { exchange, canResume });
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
    if (!post.isOver && canResume)
      await post.prime(
        RETRY_MS,
        [...calls.values()].map(({ clientId }) => clientId),
      );
    else if (running) post.begun();
    const closing = canResume && {
      closeSSEStream: () => post.closeConnection(),
      closeStandaloneSSEStream: () => this.closeStandaloneStream(),
    };
    for (const message of messages) {
      const call = calls.get(message);
      if (isLogLevel(message)) await this.session?.logsFrom(message.params.level);
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
    if (session) this.openedStreams ??= new SessionStreams(session);
    return this.openedStreams;
  }

  /** Takes notifications and answers of the client, of which those for other nodes are sent there. */
  private async receiveAll(
    messages: readonly JSONRPCMessage[],
    extra: MessageExtraInfo,
  ): Promise<Response> {
    const { session } = this;
    for (const message of messages) {
      const node = isResponse(message) ? askerOf(message, session?.peers) : undefined;
      if (node === undefined || !isResponse(message)) {
        this.receive(message, extra);
        continue;
      }
      const refused = await session?.peers?.answer(node, session.id, message);
      if (refused) return refused;
    }
    return new Response(null, { status: 202 });
  }

  /** Takes a notification or an answer of the client. */
  receive(message: JSONRPCMessage, extra: MessageExtraInfo): void {
    if (isResponse(message)) return this.receiveAnswer(message, extra);
    if (!isCancellation(message)) return this.onmessage?.(message, extra);
    const cancelled = cancelledCall(message);
    if (!cancelled) return;
    const { arrival = 0 } = exchangeOf(extra.authInfo);
    this.calls.cancel(cancelled.id, cancelled.reason, arrival);
    // Another node may run the call.
    this.session?.peers?.cancel(this.session.id, cancelled);
  }

  /** Takes the answer to a question of a call that runs. Others are dropped: their calls have ended. */
  receiveAnswer(message: JSONRPCResponse, extra?: MessageExtraInfo): void {
    const answer = this.questions.fromClient(message);
    if (answer) this.onmessage?.(answer, extra);
  }

  /** The stream of the session was opened at another node: this one ends. */
  streamOpenedElsewhere(): void {
    this.openedStreams?.main.cut();
  }

  private async handleGet(request: Request, exchange: LegacyExchange): Promise<Response> {
    const { streams } = this;
    if (!streams) return methodNotAllowed('POST', 'Method not allowed.');
    const refused = refuseVersion(request, this.supported);
    if (refused) return refused;
    const lastEventId = request.headers.get('last-event-id');
    return lastEventId ? streams.resume(lastEventId, exchange) : streams.open(exchange);
  }

  private async handleDelete(request: Request): Promise<Response> {
    const { session } = this;
    const refused =
      refuseVersion(request, this.supported) ?? (session && (await session.peers?.end(session.id)));
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
}

const ID_TAKEN = 'Invalid Request: the id belongs to another request that is not answered yet';

/** Time after which a client that lost a stream should reconnect, in milliseconds. */
const RETRY_MS = 1_000;
