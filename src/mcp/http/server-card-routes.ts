import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import type { FastifyInstance, RouteHandlerMethod } from 'fastify';
import type { CrossOriginPolicy } from '../../request/cross-origin.js';
import { ExpressPages, registerOpenRoute } from '../../request/cross-origin-routes.js';
import { FrameworkRoutes } from '../../request/own-routes.js';
import { trimSlashes } from '../../request/trim-slashes.js';
import type { ResolvedMcpOptions } from '../mcp-options.js';
import { RESOLVED_MCP_OPTIONS } from '../mcp.tokens.js';
import { EndpointRoutes } from './endpoint-routes.js';
import { takeOver, rawRequest, type HttpReply, type HttpRequest } from './raw-http.js';
import {
  AI_CATALOG_PATH,
  aiCatalogOf,
  CARD_PATH,
  serverCardOf,
  type SentDocument,
  type ServerCard,
} from './server-card.js';

/**
 * Serves the card of a server below its endpoint, and the AI catalog of all servers of the application at its
 * well-known path. They are routes of the HTTP framework, so that no guard asks for a sign-in.
 */
@Injectable()
export class ServerCardRoutes extends FrameworkRoutes {
  readonly description = DESCRIPTION;
  /** `undefined` without the option `serverCard`. */
  readonly card: ServerCard | undefined;
  private readonly pages = new ExpressPages(() => this.paths(), PAGES);

  constructor(
    @Inject(RESOLVED_MCP_OPTIONS) options: ResolvedMcpOptions,
    private readonly endpoint: EndpointRoutes,
    private readonly modules: ModulesContainer,
    private readonly config: ApplicationConfig,
    private readonly adapters: HttpAdapterHost,
  ) {
    super();
    this.card = options.serverCard && serverCardOf(options.serverCard, options);
    adapters.init$.subscribe(() => {
      if (this.card && this.adapter === 'express') adapters.httpAdapter.use(this.pages.middleware);
    });
  }

  paths(): readonly string[] {
    return [...this.documents().keys()];
  }

  /** Registers the routes. Must run before Nest registers its routes. */
  mount(): void {
    if (!this.card || !this.adapter) return;
    if (this.adapter === 'express') {
      const server: Server = this.adapters.httpAdapter.getHttpServer();
      server.prependListener('request', this.pages.open);
    }
    for (const [path, document] of this.documents()) {
      const handler = (request: HttpRequest, reply: HttpReply): void =>
        send(rawRequest(request), takeOver(reply, { reply }), document);
      this.register(path, handler);
    }
  }

  private register(path: string, handler: Handler): void {
    const { httpAdapter } = this.adapters;
    if (this.adapter === 'fastify') {
      const instance: FastifyInstance = httpAdapter.getInstance();
      // Nest's types of a request and a reply are wider than those of Fastify.
      return registerOpenRoute(instance, path, handler as unknown as RouteHandlerMethod, PAGES);
    }
    httpAdapter.get(path, handler);
    httpAdapter.options(path, (_request: object, response: object) =>
      httpAdapter.reply(response, undefined, 204),
    );
  }

  /** By full path. The first server with a card has the catalog of all. */
  private documents(): ReadonlyMap<string, SentDocument> {
    const { card } = this;
    if (!card) return new Map();
    const cards = this.endpoint
      .paths()
      .map((path) => [`${path}${CARD_PATH}`, card.document] as const);
    const all = [...this.modules.values()].flatMap(
      (module) => module.getProviderByKey<ServerCardRoutes>(ServerCardRoutes)?.instance ?? [],
    );
    const shown = all.filter((routes) => routes.card !== undefined);
    if (shown[0] !== this) return new Map(cards);
    const catalog = aiCatalogOf(shown.flatMap((routes) => routes.card ?? []));
    const prefix = trimSlashes(this.config.getGlobalPrefix());
    const below = prefix === '' ? [] : [`/${prefix}${AI_CATALOG_PATH}`];
    return new Map([
      ...cards,
      ...[AI_CATALOG_PATH, ...below].map((path) => [path, catalog] as const),
    ]);
  }

  /** `undefined` where the server uses stdio only. */
  private get adapter(): string | undefined {
    const adapter: HttpAdapterHost['httpAdapter'] | null | undefined = this.adapters.httpAdapter;
    return adapter?.getType();
  }
}

type Handler = (request: HttpRequest, reply: HttpReply) => void;

function send(
  { headers }: IncomingMessage,
  response: ServerResponse,
  { type, text, etag }: SentDocument,
): void {
  response.setHeader('access-control-allow-origin', '*');
  response.setHeader('cache-control', 'public, max-age=3600');
  response.setHeader('etag', etag);
  const known = headers['if-none-match']?.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (known?.some((tag) => tag === etag || tag === '*')) return void response.writeHead(304).end();
  response.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

/** Every page may read the documents. */
const PAGES: CrossOriginPolicy = {
  isPublic: true,
  methods: 'GET, HEAD',
  refuse: () => undefined,
};

const DESCRIPTION = {
  name: 'the server card or the AI catalog of this package',
  cure: 'Remove your route, or the option serverCard of McpModule.',
};
