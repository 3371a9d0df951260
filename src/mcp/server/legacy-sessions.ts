import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { InitializeRequest } from '@modelcontextprotocol/server';
import type { RevocationRegistry } from '../../access/revocation-registry.js';
import { idOfNode } from '../../backplane/node-id.js';
import { weightOf } from '../../backplane/weight-of.js';
import { trustedAddressKey } from '../../request/caller-key.js';
import { ownerKey } from '../../request/principal.js';
import type { MaybePromise } from '../../request/value-or-promise.js';
import { exchangeOf, type McpExchange } from '../invocation/mcp-exchange.js';
import { hasBatches, refusedBatch } from '../protocol/batches.js';
import { JSON_RPC } from '../protocol/json-rpc-error.js';
import type { CatalogServer } from './catalog-server.js';
import { SessionEventStore, type ContainedEventStores } from './contained-event-stores.js';
import { endSoon } from './event-connection.js';
import { methodNotAllowed, refuse, sessionNotFound } from './legacy-refusals.js';
import { whenClosed } from './node-response.js';
import type { McpSession } from './mcp-session.js';
import type { SessionDirectory } from './session-directory.js';
import { initializeRequestIn, SessionServer, type SessionParts } from './session-server.js';
import type { SessionRecord } from './session-record.js';
import type { SharedSessions } from './shared-sessions.js';
import type { LegacyExchange } from './transport-session.js';
import { SessionTransport } from './session-transport.js';

/**
 * Serves the revisions 2024-11-05 to 2025-11-25. A client that initializes gets a session, bound to
 * its principal. A request without a session, such as one from `curl`, gets a server for itself.
 */
export class LegacySessions {
  private readonly inFlight = new Set<CatalogServer>();
  private isClosed = false;

  /**
   * @param sessions `undefined`: each request gets a server for itself
   */
  constructor(
    private readonly sessions: SessionDirectory | undefined,
    private readonly parts: SessionParts,
    private readonly eventStores: ContainedEventStores,
    private readonly revocations: RevocationRegistry,
    private readonly node: SessionNode,
  ) {}

  async handle(request: Request, exchange: LegacyExchange): Promise<Response> {
    const { sessions } = this;
    const { authInfo, body, response } = exchange;
    if (!sessions) {
      return request.method === 'POST'
        ? this.answerOnce(request, exchange)
        : methodNotAllowed('POST', NO_SESSIONS);
    }
    const sessionId = request.headers.get('mcp-session-id');
    if (sessionId !== null) {
      const session = sessions.find(sessionId, exchangeOf(authInfo).principal);
      if (!session) return sessionNotFound();
      if (Array.isArray(body) && !hasBatches(revisionOf(session))) {
        return Response.json(refusedBatch().body, { status: 400 });
      }
      const end = (): void => endExchange(session, response);
      whenClosed(response, sessions.markInUse(session, end));
      if (!session.events.mayResumeFrom(request.headers.get('last-event-id'))) {
        // That event was sent to the previous owner: the new owner starts with the next event.
        request.headers.delete('last-event-id');
      }
      return session.transport.handleRequest(request, exchange);
    }
    const opening = initializeRequestIn(body);
    if (opening) {
      if (!this.makeRoom()) return refuse(503, JSON_RPC.serverError, 'Too many sessions');
      const session = this.add(exchangeOf(authInfo), opening);
      if (this.node.shared) await this.share(session, this.node.shared);
      return session.transport.handleRequest(request, exchange);
    }
    if (request.method === 'POST') return this.answerOnce(request, exchange);
    return refuse(
      400,
      JSON_RPC.serverError,
      'Bad Request: this method needs a session, and the Mcp-Session-Id header names none',
    );
  }

  /** Ends running requests, and every session with its streams. */
  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.allSettled([...this.inFlight].map((server) => server.close()));
    await this.sessions?.closeAll();
    this.node.shared?.close();
  }

  /** Closes sessions that idle. @returns whether there are sessions, and room for one more */
  makeRoom(): boolean {
    this.sessions?.sweep();
    return !this.isClosed && this.sessions?.hasRoom === true;
  }

  /** Opens a session for a client that has sent `initialize`, which the SDK need not see. */
  open(exchange: SessionOpener, opening: InitializeRequest): MaybePromise<McpSession> {
    const session = this.add(exchange, opening);
    session.server.transport.open();
    const { shared } = this.node;
    return shared ? this.share(session, shared) : session;
  }

  /** Makes a session of another node again. */
  restore(id: string, record: SessionRecord): McpSession {
    const session = this.create(id, record.opening, { owner: record.owner, principal: undefined });
    session.challengedAt = record.challengedAt;
    session.events.resumeAt(record.generation);
    session.server.restore(record);
    session.server.transport.open();
    return session;
  }

  private add({ principal, request }: SessionOpener, opening: InitializeRequest): McpSession {
    const id = idOfNode(this.node.nodeId, randomUUID());
    // No function of the session may refer to the request, which would be kept as long as it.
    const address = principal ? undefined : trustedAddressKey(request);
    return this.create(id, opening, { owner: ownerKey(principal), principal, address });
  }

  /** @throws {SessionsUnavailableError} the other nodes would not know it */
  private async share(session: McpSession, shared: SharedSessions): Promise<McpSession> {
    try {
      await shared.created(session);
      return session;
    } catch (error) {
      this.sessions?.drop(session.id);
      throw error;
    }
  }

  private create(
    id: string,
    opening: InitializeRequest,
    {
      owner,
      principal,
      address,
    }: Pick<McpSession, 'owner' | 'principal'> & Partial<Pick<McpSession, 'address'>>,
  ): McpSession {
    const { sessions, parts } = this;
    if (!sessions) throw new Error('This endpoint has no sessions.');
    const events = new SessionEventStore(this.eventStores, id);
    const server = new SessionServer(id, events, opening, parts);
    const since = performance.now();
    const { clientInfo, capabilities } = opening.params;
    const bytes = weightOf([clientInfo, capabilities]);
    const session = sessions.add({
      id,
      server,
      transport: server.transport,
      events,
      owner,
      principal,
      address,
      bytes,
    });
    const release = this.revocations.register(
      () => session.principal,
      () => sessions.end(session),
    );
    server.transport.onended = () => {
      release();
      if (session.isDropped) events.leave();
      else {
        events.drop();
        parts.instrumentation.sessionEnded({
          durationMs: performance.now() - since,
          protocolVersion: server.getNegotiatedProtocolVersion(),
          transport: 'http',
        });
        this.node.shared?.ended(session);
      }
      server.ended();
      sessions.remove(id);
    };
    return session;
  }

  private async answerOnce(request: Request, exchange: LegacyExchange): Promise<Response> {
    const server = this.parts.greeting.createServer();
    this.inFlight.add(server);
    const close = (): void => void server.close().catch(() => undefined);
    try {
      const transport = new SessionTransport();
      await server.connect(transport);
      whenClosed(exchange.response, close);
      return await transport.handleRequest(request, exchange);
    } finally {
      this.inFlight.delete(server);
      close();
    }
  }
}

/** The node that serves sessions. */
interface SessionNode {
  /** Name of this process, with which the ids of its sessions begin. */
  readonly nodeId: string;
  /** The sessions that other nodes know, too; `undefined` for a service of one process. */
  readonly shared: SharedSessions | undefined;
}

/** The protocol revision that a session has negotiated. */
function revisionOf({ server }: McpSession): string | undefined {
  return server.getNegotiatedProtocolVersion();
}

/** Who opens a session. */
type SessionOpener = Pick<McpExchange, 'principal' | 'request'>;

/** Ends an open exchange of the previous owner of a session, cleanly where that is possible. */
function endExchange({ transport }: McpSession, response: ServerResponse): void {
  transport.cut(response);
  endSoon(response);
}

const NO_SESSIONS = 'Method not allowed: this endpoint has no sessions';
