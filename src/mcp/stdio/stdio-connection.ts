import type { JSONRPCMessage, ServerEvent, ServerEventBus } from '@modelcontextprotocol/server';
import { serveStdio, type StdioServerHandle } from '@modelcontextprotocol/server/stdio';
import { Logger } from '@nestjs/common';
import { RequestAccess } from '../../access/request-access.js';
import { CallScope } from '../../request/authentication.js';
import type { Principal } from '../../request/principal.js';
import { attachPrincipal } from '../../request/request-record.js';
import { MessageRefusedError } from '../protocol/json-rpc-error.js';
import { canonicalListenRequest } from '../protocol/listen-request.js';
import { METHODS } from '../protocol/methods.js';
import type { ServerParts } from '../server/catalog-server.js';
import { serveCatalog } from '../server/serve-catalog.js';
import {
  mayReceive,
  notificationOf,
  sendWhenAllowed,
  wantsEvent,
} from '../server/session-events.js';
import { StdioServer, answerOf, readOrRefuse } from './stdio-server.js';
import type { McpTelemetry } from '../telemetry/mcp-telemetry.js';
import type { StdioTransport } from './stdio-transport.js';

/** The parts of a {@link StdioConnection}. */
interface StdioConnectionParts {
  readonly server: ServerParts;
  readonly transport: StdioTransport;
  readonly bus: ServerEventBus;
  readonly scope: CallScope;
  readonly principal: Principal | undefined;
  readonly telemetry: McpTelemetry;
}

/** The connection with a client on two streams. Its first message decides the protocol revision. */
export class StdioConnection {
  /** Resolves when the connection ends: the client closed it, it broke, or `close()` was called. */
  readonly closed: Promise<void>;
  private readonly logger = new Logger('McpStdio');
  private readonly handle: StdioServerHandle;
  private current: StdioServer | undefined;

  constructor(private readonly parts: StdioConnectionParts) {
    const { transport, bus, server } = parts;
    this.closed = transport.closed;
    this.handle = serveStdio(({ era }) => this.createServer(era), {
      transport,
      legacy: server.options.legacy === 'reject' ? 'reject' : 'serve',
      onerror: this.onerror,
    });
    this.readListeners();
    void this.closed.then(bus.subscribe((event) => this.send(event)));
    const since = performance.now();
    void this.closed.then(() =>
      server.instrumentation.sessionEnded({
        durationMs: performance.now() - since,
        protocolVersion: this.current?.server.getNegotiatedProtocolVersion(),
        transport: 'stdio',
      }),
    );
  }

  /** The principal of all messages; `undefined` for an anonymous connection. */
  get principal(): Principal | undefined {
    return this.parts.principal;
  }

  /** Ends the connection and its running calls. */
  close(): Promise<void> {
    return this.handle.close();
  }

  /** Called once, or twice if the client tries the newer revision first. */
  private createServer(era: StdioServer['era']): StdioServer {
    const { server: parts, principal, scope, telemetry } = this.parts;
    const server = serveCatalog(new StdioServer(parts, principal, scope, telemetry, era));
    server.server.onerror = this.onerror;
    this.current = server;
    return server;
  }

  /**
   * Reads `subscriptions/listen` before the SDK, which answers it itself and compares its URIs with
   * those of updates character by character.
   */
  private readListeners(): void {
    const { transport, server } = this.parts;
    const { onmessage } = transport;
    transport.onmessage = (message) => {
      transport.receive(message);
      if (!('method' in message) || !METHODS.get(message.method)?.opensStream) {
        return onmessage?.(message);
      }
      const reading = readOrRefuse(message, server.options.limits);
      if (reading instanceof MessageRefusedError) return void transport.send(answerOf(reading));
      const { catalog } = server;
      const [listen] = reading.messages;
      const canonical =
        listen && canonicalListenRequest(listen, (uri) => catalog.canonicalUri(uri));
      onmessage?.((canonical?.json ?? message) as JSONRPCMessage); // Only its URIs differ.
    };
  }

  private send(event: ServerEvent): void {
    const { current: server } = this;
    const { server: parts, principal } = this.parts;
    // In 2026-07-28 the SDK knows the subscriptions, and drops other updates.
    const isLeftToSdk = server?.era === 'modern' && event.kind === 'resource_updated';
    if (!server || !(isLeftToSdk || wantsEvent(event, server))) return;
    sendWhenAllowed(event, server.undecided, {
      mayReceive: () =>
        mayReceive(
          event,
          parts.catalog,
          RequestAccess.withoutRequest(parts.control, principal),
          'call',
        ),
      send: () => server.notify(notificationOf(event)),
    }).catch(this.onerror);
  }

  private readonly onerror = (error: Error): void => {
    this.logger.debug(error.message);
  };
}

/** The scope of calls without an authentication module. */
export class DefaultCallScope extends CallScope {
  override run<T>(request: object, principal: Principal | undefined, callback: () => T): T {
    attachPrincipal(request, principal);
    return callback();
  }
}
