import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import {
  WebStandardStreamableHTTPServerTransport,
  isInitializeRequest,
  type AuthInfo,
} from '@modelcontextprotocol/server';
import type { RevocationRegistry } from '../../access/revocation-registry.js';
import { weightOf } from '../../backplane/weight-of.js';
import { trustedAddressKey } from '../../request/caller-key.js';
import { isJsonObject } from '../../request/json-object.js';
import { ownerKey } from '../../request/principal.js';
import { exchangeOf } from '../invocation/mcp-exchange.js';
import { BOTH_TYPES } from '../protocol/accepted-types.js';
import { hasBatches, refusedBatch } from '../protocol/batches.js';
import { JSON_RPC, jsonRpcError } from '../protocol/json-rpc-error.js';
import type { CatalogServer } from './catalog-server.js';
import { SessionEventStore, type ContainedEventStores } from './contained-event-stores.js';
import { whenClosed } from './node-response.js';
import { type McpSession, type SessionDirectory } from './session-directory.js';

/**
 * Serves the revisions 2024-11-05 to 2025-11-25. A client that initializes gets a session, bound to
 * its principal. A request without a session, such as one from `curl`, gets a server for itself.
 */
export class LegacySessions {
  private readonly inFlight = new Set<CatalogServer>();

  /** @param sessions `undefined`: each request gets a server for itself */
  constructor(
    private readonly sessions: SessionDirectory | undefined,
    private readonly createServer: () => CatalogServer,
    private readonly eventStores: ContainedEventStores,
    private readonly revocations: RevocationRegistry,
  ) {}

  /** @param response only observed, for the end of the exchange */
  async handle(
    request: Request,
    authInfo: AuthInfo,
    parsedBody: unknown,
    response: ServerResponse,
  ): Promise<Response> {
    // The transport insists on both; the endpoint has checked what the client accepts.
    request.headers.set('accept', BOTH_TYPES);
    const { sessions } = this;
    if (!sessions) {
      return request.method === 'POST'
        ? this.answerOnce(request, authInfo, parsedBody)
        : methodNotAllowed();
    }
    const sessionId = request.headers.get('mcp-session-id');
    if (sessionId !== null) {
      const session = sessions.find(sessionId, exchangeOf(authInfo).principal);
      if (!session) return refuse(404, SESSION_NOT_FOUND, 'Session not found');
      if (Array.isArray(parsedBody) && !hasBatches(revisionOf(session))) {
        return Response.json(refusedBatch().body, { status: 400 });
      }
      const end = (): void => endExchange(session, request.method, parsedBody, response);
      whenClosed(response, sessions.markInUse(session, end));
      if (!session.events.mayResumeFrom(request.headers.get('last-event-id'))) {
        // That event was sent to the previous owner: the new owner starts with the next event.
        request.headers.delete('last-event-id');
      }
      const answer = await session.transport.handleRequest(request, { authInfo, parsedBody });
      if (request.method === 'GET' && answer.ok) {
        // The transport would notice with its next keep-alive only, and refuse a new stream until
        // then.
        whenClosed(response, () => session.transport.closeStandaloneSSEStream());
      }
      return answer;
    }
    if (isInitializeRequest(parsedBody)) {
      return this.open(sessions, request, authInfo, parsedBody);
    }
    if (request.method === 'POST') return this.answerOnce(request, authInfo, parsedBody);
    return refuse(
      400,
      JSON_RPC.serverError,
      'Bad Request: this method needs a session, and the Mcp-Session-Id header names none',
    );
  }

  /** Ends running requests, and every session with its streams. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.inFlight].map((server) => server.close()));
    await this.sessions?.closeAll();
  }

  private async open(
    sessions: SessionDirectory,
    request: Request,
    authInfo: AuthInfo,
    body: unknown,
  ): Promise<Response> {
    sessions.sweep();
    if (!sessions.hasRoom) return refuse(503, JSON_RPC.serverError, 'Too many sessions');
    const server = this.createServer();
    const { principal, request: opener } = exchangeOf(authInfo);
    const owner = ownerKey(principal);
    const address = principal ? undefined : trustedAddressKey(opener);
    let release = (): void => undefined;
    const id = randomUUID();
    const events = new SessionEventStore(this.eventStores, id);
    const transport: WebStandardStreamableHTTPServerTransport =
      new WebStandardStreamableHTTPServerTransport({
        sessionIdGenerator: () => id,
        eventStore: events,
        retryInterval: RETRY_MS,
        onsessioninitialized: () => {
          const session = sessions.add({
            id,
            server,
            transport,
            events,
            owner,
            principal,
            address,
            bytes: weightOf(clientDescriptionIn(body)),
          });
          release = this.revocations.register(
            () => session.principal,
            () => sessions.end(session),
          );
        },
      });
    await server.connect(transport);
    server.server.onclose = () => {
      release();
      events.drop();
      server.subscriptions.clear();
      if (transport.sessionId !== undefined) sessions.remove(transport.sessionId);
    };
    return transport.handleRequest(request, { authInfo, parsedBody: body });
  }

  private async answerOnce(request: Request, authInfo: AuthInfo, body: unknown): Promise<Response> {
    const server = this.createServer();
    const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
    this.inFlight.add(server);
    await server.connect(transport);
    // A closed transport never answers: without this, the shutdown would wait for it.
    const closed = new Promise<Response>((resolve) => {
      server.server.onclose = () => resolve(refuse(503, JSON_RPC.serverError, 'Shutting down'));
    });
    const close = () => void server.close().catch(() => undefined);
    if (request.signal.aborted) close();
    request.signal.addEventListener('abort', close, { once: true });
    try {
      const answer = transport.handleRequest(request, { authInfo, parsedBody: body });
      return await Promise.race([answer, closed]);
    } finally {
      this.inFlight.delete(server);
      close();
    }
  }
}

/** The protocol revision that a session has negotiated. */
function revisionOf({ server }: McpSession): string | undefined {
  return server.server.getNegotiatedProtocolVersion();
}

/** The parts of the `initialize` request that a session keeps. */
function clientDescriptionIn(body: unknown): unknown {
  const params = isJsonObject(body) ? body['params'] : undefined;
  return isJsonObject(params) ? [params['clientInfo'], params['capabilities']] : undefined;
}

/** Time after which a client that lost a stream should reconnect, in milliseconds. */
const RETRY_MS = 1_000;

/** Time that an exchange has to end cleanly, in milliseconds. */
const CUT_MS = 250;

const SESSION_NOT_FOUND = -32001;

/** Ends an open exchange of the previous owner of a session, cleanly where that is possible. */
function endExchange(
  { transport }: McpSession,
  method: string,
  body: unknown,
  response: ServerResponse,
): void {
  if (method === 'GET') transport.closeStandaloneSSEStream();
  for (const message of [body].flat()) {
    const id: unknown = isJsonObject(message) ? message['id'] : undefined;
    if (typeof id === 'string' || typeof id === 'number') transport.closeSSEStream(id);
  }
  // A resumed stream cannot be closed by id, and a stream that the client does not read never ends.
  const cut = setTimeout(() => response.destroy(), CUT_MS).unref();
  whenClosed(response, () => clearTimeout(cut));
}

function methodNotAllowed(): Response {
  const answer = refuse(
    405,
    JSON_RPC.serverError,
    'Method not allowed: this endpoint has no sessions',
  );
  answer.headers.set('allow', 'POST');
  return answer;
}

function refuse(status: number, code: number, message: string): Response {
  return Response.json(jsonRpcError(code, message), {
    status,
    ...(status === 503 && { headers: { 'retry-after': '30' } }),
  });
}
