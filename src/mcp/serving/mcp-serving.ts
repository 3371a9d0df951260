import type { IncomingMessage, ServerResponse } from 'node:http';
import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { toNodeHandler } from '@modelcontextprotocol/node';
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
    if (this.closing) return shutDown(response);
    const authInfo = toAuthInfo(exchange);
    const { kind } = classifyInboundRequest({
      httpMethod: request.method ?? 'GET',
      ...header(request, 'mcp-protocol-version', 'protocolVersionHeader'),
      ...header(request, 'mcp-method', 'mcpMethodHeader'),
      body,
    });
    const serve = toNodeHandler(
      {
        fetch: (webRequest) =>
          kind === 'legacy'
            ? this.legacy.handle(webRequest, authInfo, body, response)
            : this.modern.fetch(webRequest, { authInfo, parsedBody: body }),
      },
      { onerror: this.onerror },
    );
    // The SDK asks for a method and a URL; a request that a server received has both.
    await serve(request as IncomingMessage & { method: string; url: string }, response, body);
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

  private createServer(): CatalogServer {
    const server = new CatalogServer(this.catalog, this.options);
    server.server.onerror = this.onerror;
    return server;
  }

  /** What a client did wrong is for the client; it is here for who debugs one. */
  private readonly onerror = (error: Error): void => {
    this.logger.debug(error.message);
  };
}

const SWEEP_MS = 30_000;

function shutDown(response: ServerResponse): void {
  response
    .writeHead(503, { 'content-type': 'application/json', 'retry-after': '5', connection: 'close' })
    .end(JSON.stringify(jsonRpcError(JSON_RPC.serverError, 'Shutting down')));
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
