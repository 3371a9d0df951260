import type { Server } from 'node:http';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, RouteHandlerMethod } from 'fastify';
import type { CrossOriginPolicy } from '../../request/cross-origin.js';
import { ExpressPages, registerOpenRoute } from '../../request/cross-origin-routes.js';
import { FrameworkRoutes } from '../../request/own-routes.js';
import { trimSlashes } from '../../request/trim-slashes.js';
import { AccessRefusedError } from '../../access/access.errors.js';
import { RefusalResponder } from '../../access/refusal-responder.js';
import { type JsonObject, omitUndefined } from '../../request/json-object.js';
import { hostOf } from '../../request/request-host.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk-options.js';
import { AuthorizationServerMirror } from './authorization-server-metadata.js';
import {
  RESOURCE_METADATA_PATH,
  underName,
  type ProtectedResource,
} from '../protected-resources.js';
import { PublishedScopes } from '../published-scopes.js';
import { logFailure } from '../../request/log-failure.js';

/**
 * Serves the documents by which clients discover the authorization server. They are routes of the HTTP
 * framework, not of Nest: the standards fix their paths, so a global prefix, versioning, guards,
 * interceptors, filters and CORS settings of the application must not affect them.
 */
@Injectable()
export class MetadataRoutes extends FrameworkRoutes {
  readonly description = DESCRIPTION;
  private readonly logger = new Logger('ClerkAuthModule');
  private readonly pages = new ExpressPages(() => this.paths(), PAGES);

  constructor(
    @Inject(CLERK_OPTIONS) private readonly options: ResolvedClerkOptions,
    private readonly mirror: AuthorizationServerMirror,
    private readonly scopes: PublishedScopes,
    private readonly refusals: RefusalResponder,
    private readonly config: ApplicationConfig,
    private readonly adapterHost: HttpAdapterHost,
  ) {
    super();
    adapterHost.init$.subscribe(() => {
      // Before the application registers its middleware.
      if (this.adapter === 'express') adapterHost.httpAdapter.use(this.pages.middleware);
    });
  }

  paths(): readonly string[] {
    return [
      ...resourceMetadata(this.options, this.scopes).keys(),
      AUTHORIZATION_SERVER_PATH,
    ].flatMap((path) => this.pathsOf(path));
  }

  /** Registers the routes. Must run before Nest registers its routes. */
  mount(): void {
    // A stdio server has no HTTP adapter.
    if (!this.adapter) return;
    if (this.adapter === 'express') {
      const server: Server = this.adapterHost.httpAdapter.getHttpServer();
      server.prependListener('request', this.pages.open);
    }
    for (const [path, { dependsOnHost, read }] of resourceMetadata(this.options, this.scopes)) {
      this.serve(path, dependsOnHost ? UNCACHED : PUBLIC, (request) => read(hostOf(request)));
    }
    this.serve(AUTHORIZATION_SERVER_PATH, PUBLIC, () => this.mirror.read());
    // Challenges name `offline_access` once the metadata is known; nothing waits for it.
    this.mirror.prefetch();
  }

  /** `undefined` where the server uses stdio only. */
  private get adapter(): string | undefined {
    return this.adapterHost.httpAdapter?.getType();
  }

  private serve(path: string, headers: HeaderFields, read: ReadDocument): void {
    const { httpAdapter } = this.adapterHost;
    const handler = (request: object, response: object): Promise<void> =>
      this.answer(response, headers, () => read(request));
    for (const fullPath of this.pathsOf(path)) {
      if (this.adapter === 'fastify') {
        const instance: FastifyInstance = httpAdapter.getInstance();
        registerOpenRoute(instance, fullPath, handler as RouteHandlerMethod, PAGES);
      } else {
        httpAdapter.get(fullPath, handler);
        httpAdapter.options(fullPath, (_request: object, response: object) =>
          httpAdapter.reply(response, undefined, 204),
        );
      }
    }
  }

  /** Also below the global prefix, for a proxy that forwards only this prefix. */
  private pathsOf(path: string): readonly string[] {
    const prefix = trimSlashes(this.config.getGlobalPrefix());
    return prefix === '' ? [path] : [path, `/${prefix}${path}`];
  }

  private async answer(
    response: object,
    headers: HeaderFields,
    read: () => JsonObject | Promise<JsonObject>,
  ): Promise<void> {
    try {
      this.reply(response, 200, headers, await read());
    } catch (error) {
      if (!(error instanceof AccessRefusedError))
        logFailure(this.logger, 'A metadata document cannot be served', error);
      const refusal = error instanceof AccessRefusedError ? error.refusal : UNAVAILABLE;
      const { status, body, ...refused } = this.refusals.answer(refusal);
      this.reply(response, status, refused.headers, body);
    }
  }

  private reply(response: object, status: number, headers: HeaderFields, body: JsonObject): void {
    const { httpAdapter } = this.adapterHost;
    for (const [name, value] of Object.entries(headers)) {
      httpAdapter.setHeader(response, name, value);
    }
    httpAdapter.reply(response, body, status);
  }
}

/** Every page may read the documents. */
const PAGES: CrossOriginPolicy = {
  isPublic: true,
  methods: 'GET, HEAD',
  refuse: () => undefined,
};
type HeaderFields = Readonly<Record<string, string>>;
type ReadDocument = (request: object) => JsonObject | Promise<JsonObject>;

const AUTHORIZATION_SERVER_PATH = '/.well-known/oauth-authorization-server';

const DESCRIPTION = {
  name: 'a metadata document of this package',
  cure: 'Remove your route: clients find the authorization server by that document.',
};

const PUBLIC = { 'Access-Control-Allow-Origin': '*', 'Cache-Control': 'public, max-age=300' };
/** The document depends on the `Host` that was asked, which not every cache has in its key. */
const UNCACHED = { 'Access-Control-Allow-Origin': '*', 'Cache-Control': 'no-store' };

const UNAVAILABLE = { reason: 'unavailable', retryAfter: 5 } as const;

/**
 * The metadata documents of all protected resources by URL path, RFC 9728 §3. The document of the primary
 * resource is also at the root, for clients that look there. The scopes are those of the moment.
 */
function resourceMetadata(
  { issuer, resources }: ResolvedClerkOptions,
  scopes: PublishedScopes,
): ReadonlyMap<string, MetadataDocument> {
  const all = [...resources].map(([path, resource]) => {
    const read = (host?: string): JsonObject =>
      describe({ ...underName(resource, host), scopes: scopes.at(path) }, issuer);
    const document = { dependsOnHost: resource.names.size > 0, read };
    return [new URL(resource.metadataURL).pathname, document] as const;
  });
  return new Map([
    ...all.slice(0, 1).map(([, primary]) => [RESOURCE_METADATA_PATH, primary] as const),
    ...all,
  ]);
}

/** The metadata of one resource. */
interface MetadataDocument {
  /** Whether the resource has several names. */
  readonly dependsOnHost: boolean;
  /** @param host that the request names */
  read(host?: string): JsonObject;
}

function describe(resource: ProtectedResource, issuer: string): JsonObject {
  return omitUndefined({
    resource: resource.resource,
    authorization_servers: [issuer],
    bearer_methods_supported: ['header'],
    scopes_supported: resource.scopes,
    resource_name: resource.resourceName ?? undefined,
    resource_documentation: resource.docsURL ?? undefined,
  });
}
