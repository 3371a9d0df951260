import {
  InMemoryTransport,
  isJSONRPCRequest,
  specTypeSchemas,
  type ClientCapabilities,
  type Implementation,
  type InitializeRequest,
  type Notification,
  type ServerCapabilities,
} from '@modelcontextprotocol/server';
import type { SdkPeer } from '../authoring/sdk-context.js';
import type { CatalogServer } from './catalog-server.js';
import type { EventClient } from './session-events.js';
import type { SessionEventStore } from './contained-event-stores.js';
import type { Greeting } from './greeting.js';
import { SessionTransport } from './session-transport.js';

/** The `initialize` request in a body, as the SDK reads it; `undefined` for anything else. */
export function initializeRequestIn(body: unknown): InitializeRequest | undefined {
  if (!isJSONRPCRequest(body)) return undefined;
  const read = specTypeSchemas.InitializeRequest['~standard'].validate(body);
  return read.issues ? undefined : read.value;
}

/**
 * The server of one session. It knows its client; the SDK's server, which takes ten times the memory
 * of all the rest, is created for the first request that the fast path does not answer.
 */
export class SessionServer implements SdkPeer, EventClient {
  private sdk: CatalogServer | undefined;
  private connected: Promise<void> | undefined;
  private waiting: Set<string> | undefined;
  readonly transport: SessionTransport;

  /** @param opening with which the client introduced itself */
  constructor(
    readonly id: string,
    readonly events: SessionEventStore,
    private readonly opening: InitializeRequest,
    private readonly greeting: Greeting,
  ) {
    this.transport = new SessionTransport(this);
  }

  get server(): SdkPeer['server'] {
    return this;
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
    return this.greeting.capabilities;
  }

  get subscriptions(): EventClient['subscriptions'] {
    return this.sdk?.subscriptions ?? NO_SUBSCRIPTIONS;
  }

  /** Whether the client has a stream for what is sent outside of calls, or can resume one. */
  get isListening(): boolean {
    return this.transport.isListening;
  }

  /** Events that wait for the decision whether this client may receive them. */
  get undecided(): Set<string> {
    this.waiting ??= new Set();
    return this.waiting;
  }

  notify(notification: Notification): Promise<void> {
    return this.transport.send({ jsonrpc: '2.0', ...notification });
  }

  /** Connects the SDK's server, in the state after this client has initialized it. */
  connect(): Promise<void> {
    this.connected ??= this.connectSdk();
    return this.connected;
  }

  /** Ends the session and its streams. */
  close(): Promise<void> {
    return this.transport.close();
  }

  /** Releases what the SDK's server holds: the session has ended. */
  ended(): void {
    if (!this.sdk) return;
    this.sdk.subscriptions.clear();
    this.sdk.parts.memory.sessions.give(SDK_BYTES);
  }

  private async connectSdk(): Promise<void> {
    const sdk = this.greeting.createServer();
    this.sdk = sdk;
    sdk.parts.memory.sessions.take(SDK_BYTES);
    await initialize(sdk, this.opening);
    await sdk.connect(this.transport);
  }
}

/** Has a server of the SDK read an earlier `initialize`. Its answer is dropped. */
async function initialize(sdk: CatalogServer, opening: InitializeRequest): Promise<void> {
  const [client, server] = InMemoryTransport.createLinkedPair();
  const answered = new Promise((resolve) => {
    client.onmessage = resolve;
  });
  await sdk.connect(server);
  await client.send({ jsonrpc: '2.0', id: 0, ...opening });
  await answered;
  // What the client has negotiated stays, for the transport of its session.
  await sdk.close();
}

const NO_SUBSCRIPTIONS: EventClient['subscriptions'] = new Set<string>();

/** Size of the SDK's server of a session, in bytes (`npm run bench -- memory`). */
const SDK_BYTES = 28_672;
