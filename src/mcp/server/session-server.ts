import {
  InMemoryTransport,
  isJSONRPCRequest,
  specTypeSchemas,
  type ClientCapabilities,
  type Implementation,
  type InitializeRequest,
  type JSONRPCRequest,
  type LoggingLevel,
  type Notification,
  type ServerCapabilities,
  type ServerEvent,
} from '@modelcontextprotocol/server';
import type { Instrumentation } from '../../instrumentation/instrumentation.js';
import type { MaybePromise } from '../../request/value-or-promise.js';
import type { SdkPeer } from '../authoring/sdk-context.js';
import type { ResolvedMcpLimits } from '../protocol/mcp-limits.js';
import type { MemoryShare } from '../protocol/memory-budget.js';
import type { CatalogServer } from './catalog-server.js';
import {
  LIST_KEYS,
  updateKey,
  type EventListener,
  type EventListeners,
} from './event-listeners.js';
import type { EventClient } from './session-events.js';
import type { SessionEventStore } from './contained-event-stores.js';
import type { Greeting } from './greeting.js';
import { SessionTransport } from './session-transport.js';
import type { SessionPeers } from './session-peers.js';
import type { TransportSession } from './transport-session.js';
import { Subscriptions } from './subscriptions.js';

/** The `initialize` request in a body, as the SDK reads it; `undefined` for anything else. */
export function initializeRequestIn(body: unknown): InitializeRequest | undefined {
  if (!isJSONRPCRequest(body)) return undefined;
  const read = specTypeSchemas.InitializeRequest['~standard'].validate(body);
  return read.issues ? undefined : read.value;
}

/** What all sessions of an endpoint use. */
export interface SessionParts {
  readonly greeting: Greeting;
  /** The index of who listens to which events. */
  readonly listeners: EventListeners;
  /** Delivers an event to the client of a session, if it may receive it. */
  readonly deliver: (event: ServerEvent, server: SessionServer) => void;
  /** Delivers the updates of these resources that were announced after a cursor. */
  readonly deliverSince: (cursor: string, uris: ReadonlySet<string>, server: SessionServer) => void;
  /** @see TransportSession */
  readonly changesAfter: (
    eventId: string,
    server: SessionServer,
  ) => ReturnType<TransportSession['changesAfter']>;
  /** The other nodes; `undefined` for a service of one process. */
  readonly peers: SessionPeers | undefined;
  /** @returns an id for a request to a client, of no other request of any node */
  readonly nextQuestionId: () => string;
  readonly limits: ResolvedMcpLimits;
  readonly memory: MemoryShare;
  readonly instrumentation: Pick<Instrumentation, 'sessionEnded'>;
}

/**
 * The server of one session. It knows its client; the SDK's server, which takes ten times the memory
 * of all the rest, is created for the first request that the fast path does not answer, and released
 * when the session has been idle for a while.
 */
export class SessionServer implements SdkPeer, EventClient, TransportSession {
  private sdk: CatalogServer | undefined;
  private connected: Promise<void> | undefined;
  private waiting: Set<string> | undefined;
  private known: Subscriptions | undefined;
  /** In the index of listeners, while the client has a stream or can resume it. */
  private listener: EventListener | undefined;
  /** Of the `logging/setLevel` that the client sent last. */
  private logLevel: LoggingLevel | undefined;
  readonly transport: SessionTransport;

  /** @param opening with which the client introduced itself */
  constructor(
    readonly id: string,
    readonly events: SessionEventStore,
    readonly opening: InitializeRequest,
    private readonly parts: SessionParts,
  ) {
    this.transport = new SessionTransport(this);
  }

  get server(): SdkPeer['server'] {
    return this;
  }

  get peers(): SessionPeers | undefined {
    return this.parts.peers;
  }

  nextQuestionId(): string {
    return this.parts.nextQuestionId();
  }

  getClientVersion(): Implementation {
    return this.opening.params.clientInfo;
  }

  getClientCapabilities(): ClientCapabilities {
    return this.opening.params.capabilities;
  }

  /** The revision that was asked for, unless the SDK had to choose another one. */
  getNegotiatedProtocolVersion(): string {
    const negotiated = this.sdk?.server.getNegotiatedProtocolVersion();
    return negotiated ?? this.opening.params.protocolVersion;
  }

  get capabilities(): ServerCapabilities {
    return this.parts.greeting.capabilities;
  }

  get subscriptions(): EventClient['subscriptions'] {
    return this.known ?? NO_SUBSCRIPTIONS;
  }

  /** Events that wait for the decision whether this client may receive them. */
  get undecided(): Set<string> {
    this.waiting ??= new Set();
    return this.waiting;
  }

  /** @param id of the event in the history of all nodes. Default: it is stored for this session */
  notify(notification: Notification, id?: string): Promise<void> {
    return this.transport.notify({ jsonrpc: '2.0', ...notification }, id);
  }

  /** The client has opened the stream of the session, or closed the last one for good. */
  listens(isListening: boolean): void {
    const { listener, parts } = this;
    if (isListening === (listener !== undefined)) return;
    this.listener = isListening ? (event) => parts.deliver(event, this) : undefined;
    for (const key of [...LIST_KEYS, ...(this.known?.all.map(updateKey) ?? [])]) {
      if (this.listener) parts.listeners.add(key, this.listener);
      else if (listener) parts.listeners.delete(key, listener);
    }
  }

  changesAfter(eventId: string): ReturnType<TransportSession['changesAfter']> {
    return this.parts.changesAfter(eventId, this);
  }

  subscribed(uri: string): MaybePromise<void> {
    if (this.listener) this.parts.listeners.add(updateKey(uri), this.listener);
    return this.peers?.subscribed(this.id, uri);
  }

  unsubscribed(uri: string): MaybePromise<void> {
    if (this.listener) this.parts.listeners.delete(updateKey(uri), this.listener);
    return this.peers?.unsubscribed(this.id, uri);
  }

  /**
   * Takes over the subscriptions and the log level that another node knows.
   *
   * @param since cursor of the change: the client has the new subscriptions from then on
   */
  restore({ uris, logLevel }: RestoredSession, since?: string): void {
    const wasListening = this.listener !== undefined;
    const added = new Set([...uris].filter((uri) => !this.subscriptions.has(uri)));
    this.listens(false);
    if (uris.size > 0 || this.known) this.subscriptionsOfClient().replace(uris);
    this.listens(wasListening);
    this.logLevel = logLevel;
    if (since !== undefined && wasListening) this.parts.deliverSince(since, added, this);
  }

  /** The client has set the level of its log messages. */
  logsFrom(level: LoggingLevel): MaybePromise<void> {
    this.logLevel = level;
    return this.peers?.logsFrom(this.id, level);
  }

  /** Connects the SDK's server, in the state after this client has initialized it. */
  connect(): Promise<void> {
    this.connected ??= this.connectSdk();
    return this.connected;
  }

  /** Releases the SDK's server, which the next request that needs one creates again. */
  rest(): void {
    const { sdk, transport } = this;
    if (!sdk || transport.isBusy) return;
    this.sdk = undefined;
    this.connected = undefined;
    transport.disconnect();
    this.parts.memory.give(SDK_BYTES);
  }

  /** Ends the session and its streams. */
  close(): Promise<void> {
    return this.transport.close();
  }

  /** Releases what it holds: the session has ended, or goes on at another node. */
  ended(): void {
    this.listens(false);
    this.known?.clear();
    if (this.sdk) this.parts.memory.give(SDK_BYTES);
    this.sdk = undefined;
  }

  private subscriptionsOfClient(): Subscriptions {
    const { limits, memory } = this.parts;
    this.known ??= new Subscriptions(limits, memory, this);
    return this.known;
  }

  private async connectSdk(): Promise<void> {
    const sdk = this.parts.greeting.createServer();
    this.sdk = sdk;
    sdk.subscriptions = this.subscriptionsOfClient();
    this.parts.memory.take(SDK_BYTES);
    await initialize(sdk, this.opening, this.logLevel);
    await sdk.connect(this.transport);
  }
}

/** What another node knows of a session. */
interface RestoredSession {
  readonly uris: ReadonlySet<string>;
  readonly logLevel: LoggingLevel | undefined;
}

/** Has a server of the SDK read an earlier `initialize`. Its answers are dropped. */
async function initialize(
  sdk: CatalogServer,
  opening: InitializeRequest,
  level: LoggingLevel | undefined,
): Promise<void> {
  const [client, server] = InMemoryTransport.createLinkedPair();
  await sdk.connect(server);
  const ask = async (request: { readonly method: string; readonly params?: object }) => {
    const answered = new Promise((resolve) => {
      client.onmessage = resolve;
    });
    await client.send({ jsonrpc: '2.0', id: 0, ...request } as JSONRPCRequest);
    await answered;
  };
  await ask(opening);
  if (level !== undefined) await ask({ method: 'logging/setLevel', params: { level } });
  // What the client has negotiated stays, for the transport of its session.
  await sdk.close();
}

const NO_SUBSCRIPTIONS: EventClient['subscriptions'] = new Set<string>();

/** Size of the SDK's server of a session, in bytes (`npm run bench -- memory`). */
const SDK_BYTES = 28_672;
