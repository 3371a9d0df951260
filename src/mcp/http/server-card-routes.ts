import type { IncomingMessage, ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { type OpenHandler, OpenRoutes, withPrefixed } from '../../request/open-routes.js';
import { FrameworkRoutes } from '../../request/own-routes.js';
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
  private readonly routes: OpenRoutes | undefined;

  constructor(
    @Inject(RESOLVED_MCP_OPTIONS) options: ResolvedMcpOptions,
    private readonly endpoint: EndpointRoutes,
    private readonly modules: ModulesContainer,
    private readonly config: ApplicationConfig,
    adapterHost: HttpAdapterHost,
  ) {
    super();
    this.card = options.serverCard && serverCardOf(options.serverCard, options);
    this.routes = this.card && new OpenRoutes(adapterHost, () => this.paths());
  }

  paths(): readonly string[] {
    return [...this.documents().keys()];
  }

  /** Registers the routes. Must run before Nest registers its routes. */
  mount(): void {
    if (!this.routes?.adapter) return;
    this.routes.mount([...this.documents()].map(([path, document]) => [path, sending(document)]));
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
    return new Map([
      ...cards,
      ...withPrefixed(AI_CATALOG_PATH, this.config).map((path) => [path, catalog] as const),
    ]);
  }
}

function sending(document: SentDocument): OpenHandler {
  // What Fastify and Express give.
  return (request, reply) =>
    send(rawRequest(request as HttpRequest), takeOver(reply as HttpReply, { reply }), document);
}

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

const DESCRIPTION = {
  name: 'the server card or the AI catalog of this package',
  cure: 'Remove your route, or the option serverCard of McpModule.',
};
