import type { Server } from 'node:http';
import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { CrossOriginPolicy } from '../../request/cross-origin.js';
import type { ResolvedMcpOptions } from '../mcp-options.js';
import { UnsupportedAdapterError } from '../mcp.errors.js';
import { MCP_PATH, RESOLVED_MCP_OPTIONS } from '../mcp.tokens.js';
import type { AdapterEdge, ServedEndpoint } from './adapter-edge.js';
import { EndpointRoutes } from './endpoint-routes.js';
import { expressEdge } from './express-edge.js';
import { fastifyEdge } from './fastify-edge.js';
import { pagesOf } from './host-and-origin.js';
import { RequestBodies } from './request-bodies.js';
import { PlannedRoute } from './route-plan.js';

/**
 * Prepares the HTTP framework for the routes of the endpoint: answers with a JSON-RPC error what the
 * framework itself refuses, such as malformed JSON or a body over the limit, and opens the routes to
 * the pages that may use them.
 */
@Injectable()
export class HttpEdge implements OnModuleInit, ServedEndpoint {
  readonly pages: CrossOriginPolicy;
  private readonly logger = new Logger('McpEndpoint');

  constructor(
    private readonly adapters: HttpAdapterHost,
    private readonly routes: EndpointRoutes,
    @Inject(MCP_PATH) readonly path: string,
    readonly plannedRoute: PlannedRoute,
    readonly bodies: RequestBodies,
    @Inject(RESOLVED_MCP_OPTIONS) options: ResolvedMcpOptions,
  ) {
    this.pages = pagesOf(options);
    // A testing module creates its providers before it knows the adapter.
    adapters.init$.subscribe(() => EDGES[this.type ?? '']?.start?.(this.instance, this));
  }

  get server(): Server {
    return this.adapters.httpAdapter.getHttpServer();
  }

  readonly paths = (): readonly string[] => this.routes.paths();

  /**
   * Runs before the routes are registered.
   *
   * @throws {UnsupportedAdapterError} the application runs on another framework
   */
  beforeRoutes(): void {
    this.edge?.beforeRoutes?.(this.instance, this.routes.paths());
  }

  /** Runs after the routes are registered. */
  onModuleInit(): void {
    this.edge?.afterRoutes?.(this.instance, this.paths(), this);
  }

  /** @throws {UnsupportedAdapterError} for a framework that this package does not support */
  private get edge(): AdapterEdge | undefined {
    const { type } = this;
    if (!type) return undefined;
    const edge = EDGES[type];
    if (!edge) throw new UnsupportedAdapterError(type);
    return edge;
  }

  /** `undefined` where the server uses stdio only. */
  private get type(): string | undefined {
    const adapter: HttpAdapterHost['httpAdapter'] | null | undefined = this.adapters.httpAdapter;
    return adapter?.getType();
  }

  private get instance(): unknown {
    return this.adapters.httpAdapter.getInstance();
  }

  readonly report = (error: unknown): void => {
    this.logger.error(
      'The HTTP server failed to read a request',
      error instanceof Error ? error.stack : error,
    );
  };
}

const EDGES: Readonly<Record<string, AdapterEdge>> = {
  fastify: fastifyEdge,
  express: expressEdge,
};
