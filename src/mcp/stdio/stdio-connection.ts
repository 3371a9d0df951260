import { METHODS } from '../protocol/methods.js';
import { serveCatalog } from '../server/serve-catalog.js';
import type { Readable, Writable } from 'node:stream';
import {
  StdioServerTransport,
  serveStdio,
  type StdioServerHandle,
} from '@modelcontextprotocol/server/stdio';
import { Logger } from '@nestjs/common';
import type { JSONRPCMessage, ServerEvent, ServerEventBus } from '@modelcontextprotocol/server';
import { CallScope } from '../../request/authentication.js';
import type { Principal } from '../../request/principal.js';
import type { ServerParts } from '../server/catalog-server.js';
import { RequestAccess } from '../../access/request-access.js';
import { deliver, mayHearOf, tellWhenAllowed, wantsToHearOf } from '../server/session-events.js';
import { canonicalListenRequest } from '../protocol/listen-request.js';
import { MessageRefusedError } from '../protocol/json-rpc-error.js';
import { StdioServer, answerOf, readOrRefuse } from './stdio-server.js';
import { attachPrincipal } from '../../request/request-principal.js';

/** What a connection is made of. */
export interface StdioConnectionParts {
  readonly server: ServerParts;
  readonly wire: StdioWire;
  readonly bus: ServerEventBus;
  readonly scope: CallScope;
  readonly principal: Principal | undefined;
}

/** A client on the other end of two streams. It may speak any revision; its first message decides. */
export class StdioConnection {
  /** Settles when the connection is over: the client closed it, it broke, or `close()` was called. */
  readonly closed: Promise<void>;
  private readonly logger = new Logger('McpStdio');
  private readonly handle: StdioServerHandle;
  private current: StdioServer | undefined;

  constructor(private readonly parts: StdioConnectionParts) {
    const { wire, bus, server } = parts;
    this.closed = wire.closed;
    this.handle = serveStdio(({ era }) => this.createServer(era), {
      transport: wire,
      legacy: server.options.legacy === 'reject' ? 'reject' : 'serve',
      onerror: this.onerror,
    });
    this.readListeners();
    void this.closed.then(bus.subscribe((event) => this.tell(event)));
  }

  /** Whom the connection speaks for; `undefined` for nobody. */
  get principal(): Principal | undefined {
    return this.parts.principal;
  }

  /** Ends the connection, with what is still running. */
  close(): Promise<void> {
    return this.handle.close();
  }

  /** Called once, or twice where the client tries the newer revision first. */
  private createServer(era: StdioServer['era']): StdioServer {
    const { server: parts, principal, scope } = this.parts;
    const server = serveCatalog(new StdioServer(parts, principal, scope, era));
    server.server.onerror = this.onerror;
    this.current = server;
    return server;
  }

  /**
   * The SDK answers `subscriptions/listen` by itself, and compares the URIs with those of updates letter by
   * letter. Such a request is read here, in front of the SDK.
   */
  private readListeners(): void {
    const { wire, server } = this.parts;
    const { onmessage } = wire;
    wire.onmessage = (message) => {
      if (!('method' in message) || !METHODS.get(message.method)?.opensStream) {
        return onmessage?.(message);
      }
      const reading = readOrRefuse(message, server.options.limits);
      if (reading instanceof MessageRefusedError) return void wire.send(answerOf(reading));
      const { catalog } = server;
      const [listen] = reading.messages;
      const canonical =
        listen && canonicalListenRequest(listen, (uri) => catalog.canonicalUri(uri));
      onmessage?.((canonical?.json ?? message) as JSONRPCMessage); // It differs in the URIs alone.
    };
  }

  private tell(event: ServerEvent): void {
    const { current: server } = this;
    const { server: parts, principal } = this.parts;
    // In 2026-07-28 the entry of the SDK knows who listens to what, and drops the rest.
    const isLeftToSdk = server?.era === 'modern' && event.kind === 'resource_updated';
    if (!server || !(isLeftToSdk || wantsToHearOf(event, server))) return;
    tellWhenAllowed(event, server.undecided, {
      mayHear: () =>
        mayHearOf(event, parts.catalog, RequestAccess.withoutRequest(parts.control, principal)),
      tell: () => deliver(event, server),
    }).catch(this.onerror);
  }

  private readonly onerror = (error: Error): void => {
    this.logger.debug(error.message);
  };
}

/** Runs a call where no authentication module has a scope to open. */
export class BareCallScope extends CallScope {
  override run<T>(request: object, principal: Principal | undefined, callback: () => T): T {
    attachPrincipal(request, principal);
    return callback();
  }
}

/** The transport of the SDK, which says when the connection is over, whoever ended it. */
export class StdioWire extends StdioServerTransport {
  readonly closed: Promise<void>;
  #end: () => void = () => undefined;

  constructor(stdin: Readable, stdout: Writable) {
    super(stdin, stdout);
    this.closed = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  override async close(): Promise<void> {
    await super.close();
    this.#end();
  }
}
