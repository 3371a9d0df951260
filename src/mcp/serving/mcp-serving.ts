import type { IncomingMessage, ServerResponse } from 'node:http';
import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import {
  toNodeHandler,
  type NodeIncomingMessageLike,
  type NodeServerResponseLike,
} from '@modelcontextprotocol/node';
import {
  classifyInboundRequest,
  createMcpHandler,
  type McpHttpHandler,
} from '@modelcontextprotocol/server';
import { McpCatalog } from '../catalog/mcp-catalog.js';
import type { McpExchange } from '../invocation/mcp-exchange.js';
import type { ResolvedMcpOptions } from '../mcp-options.js';
import { RESOLVED_MCP_OPTIONS } from '../mcp.tokens.js';
import { CatalogServer } from './catalog-server.js';
import { toAuthInfo } from './exchange-auth-info.js';
import { JSON_RPC, jsonRpcError } from './json-rpc-error.js';
import { SessionDirectory } from './session-directory.js';
import { SessionLeg } from './session-leg.js';

/**
 * Serves one endpoint to clients of every protocol revision: 2026-07-28 request by request, the
 * revisions before it on sessions. Access has been decided when this is reached.
 */
@Injectable()
export class McpServing implements OnModuleDestroy {
  private readonly logger = new Logger('McpServing');
  private readonly sessions: SessionDirectory;
  private readonly modern: McpHttpHandler;
  private readonly legacy: SessionLeg;
  private readonly sweeper: NodeJS.Timeout;
  private closing = false;

  constructor(
    private readonly catalog: McpCatalog,
    @Inject(RESOLVED_MCP_OPTIONS) private readonly options: ResolvedMcpOptions,
  ) {
    this.sessions = new SessionDirectory(options.sessions);
    this.modern = createMcpHandler(() => this.createServer(), {
      legacy: 'reject',
      onerror: this.onerror,
    });
    this.legacy = new SessionLeg(this.sessions, () => this.createServer());
    this.sweeper = setInterval(() => this.sessions.sweep(), SWEEP_MS);
    this.sweeper.unref();
  }

  /** Answers one HTTP exchange. The response of Node must be free: nothing sent, nothing hijacking it. */
  async handle(
    request: IncomingMessage,
    response: ServerResponse,
    body: unknown,
    exchange: McpExchange,
  ): Promise<void> {
    const serve = toNodeHandler(
      { fetch: (web) => this.answer(web, request, response, body, exchange) },
      { onerror: this.onfailure },
    );
    try {
      await serve(forSdk(request), flushing(response), NO_BODY);
    } catch (error) {
      this.onfailure(error);
      // The HTTP framework has let go of the reply, so that nobody else ends it.
      response.destroy();
    }
  }

  /** Notes that the caller of this session was asked to sign in. */
  markChallenged(sessionId: string): void {
    this.sessions.markChallenged(sessionId);
  }

  /**
   * Ends every stream. It runs in the first phase of the shutdown: an open stream would hold the HTTP
   * server, and with it the later phases, for ever.
   */
  async onModuleDestroy(): Promise<void> {
    this.closing = true;
    clearInterval(this.sweeper);
    await Promise.allSettled([this.modern.close(), this.legacy.close()]);
  }

  private async answer(
    web: Request,
    request: IncomingMessage,
    response: ServerResponse,
    body: unknown,
    exchange: McpExchange,
  ): Promise<Response> {
    if (this.closing) return shuttingDown();
    const authInfo = toAuthInfo(exchange);
    const { kind } = classifyInboundRequest({
      httpMethod: web.method,
      ...header(request, 'mcp-protocol-version', 'protocolVersionHeader'),
      ...header(request, 'mcp-method', 'mcpMethodHeader'),
      body,
    });
    if (kind === 'legacy') return this.legacy.handle(web, authInfo, body, response);
    const answer = await this.modern.fetch(web, { authInfo, parsedBody: body });
    return answer.status === CLIENT_CLOSED && this.closing ? shuttingDown() : answer;
  }

  private createServer(): CatalogServer {
    const server = new CatalogServer(this.catalog, this.options);
    server.server.onerror = this.onerror;
    return server;
  }

  private readonly onfailure = (error: unknown): void => {
    this.logger.error('The MCP exchange failed', error instanceof Error ? error.stack : error);
  };

  /** What a client did wrong is for the client; it is here for who debugs one. */
  private readonly onerror = (error: Error): void => {
    this.logger.debug(error.message);
  };
}

const SWEEP_MS = 30_000;

/** What the SDK answers a call with whose connection is gone, at a shutdown too. */
const CLIENT_CLOSED = 499;
/** The body is handed over parsed, once, in `answer`: there is no other to write or read. */
const NO_BODY = null;

/**
 * The request as the SDK sees it. It makes a URL of target and `Host`, which need not give one, and
 * reads neither; and it has no use for a credential.
 */
function forSdk(request: IncomingMessage): NodeIncomingMessageLike {
  const { authorization: _authorization, cookie: _cookie, ...headers } = request.headers;
  return {
    method: request.method ?? 'GET',
    url: '/',
    headers: { ...headers, host: 'localhost' },
    [Symbol.asyncIterator]: () => request[Symbol.asyncIterator](),
  };
}

/** A stream may have nothing to say for long; that it is open is said at once. */
function flushing(response: ServerResponse): NodeServerResponseLike {
  return {
    writeHead(status, headers) {
      response.writeHead(status, headers);
      if (response.req.method === 'GET') response.flushHeaders();
    },
    write: (chunk) => response.write(chunk),
    end: () => response.end(),
    on: (event, listener) => response.on(event, listener),
    get destroyed() {
      return response.destroyed;
    },
  };
}

function shuttingDown(): Response {
  return Response.json(jsonRpcError(JSON_RPC.serverError, 'Shutting down'), {
    status: 503,
    headers: { 'retry-after': '5', connection: 'close' },
  });
}

function header<K extends string>(
  { headers }: IncomingMessage,
  name: string,
  key: K,
): Partial<Record<K, string>> {
  const value = headers[name];
  // One computed key of type K, which TypeScript widens to string.
  return typeof value === 'string' ? ({ [key]: value } as Record<K, string>) : {};
}
