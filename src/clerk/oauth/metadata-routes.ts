import { Inject, Injectable, Logger } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost } from '@nestjs/core';
import { type OpenHandler, OpenRoutes, withPrefixed } from '../../request/open-routes.js';
import { FrameworkRoutes } from '../../request/own-routes.js';
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
  private readonly routes: OpenRoutes;

  constructor(
    @Inject(CLERK_OPTIONS) private readonly options: ResolvedClerkOptions,
    private readonly mirror: AuthorizationServerMirror,
    private readonly scopes: PublishedScopes,
    private readonly refusals: RefusalResponder,
    private readonly config: ApplicationConfig,
    private readonly adapterHost: HttpAdapterHost,
  ) {
    super();
    this.routes = new OpenRoutes(adapterHost, () => this.paths());
  }

  paths(): readonly string[] {
    return [
      ...resourceMetadata(this.options, this.scopes).keys(),
      AUTHORIZATION_SERVER_PATH,
    ].flatMap((path) => withPrefixed(path, this.config));
  }

  /** Registers the routes. Must run before Nest registers its routes. */
  mount(): void {
    if (!this.routes.adapter) return;
    const resources = [...resourceMetadata(this.options, this.scopes)].map(
      ([path, { dependsOnHost, read }]) =>
        this.routesOf(path, dependsOnHost ? UNCACHED : PUBLIC, (request) => read(hostOf(request))),
    );
    const server = this.routesOf(AUTHORIZATION_SERVER_PATH, PUBLIC, () => this.mirror.read());
    this.routes.mount([...resources, server].flat());
    // Challenges name `offline_access` once the metadata is known.
    this.mirror.prefetch();
  }

  private routesOf(
    path: string,
    headers: HeaderFields,
    read: ReadDocument,
  ): readonly (readonly [string, OpenHandler])[] {
    const handler: OpenHandler = (request, response) =>
      this.answer(response, headers, () => read(request));
    return withPrefixed(path, this.config).map((fullPath) => [fullPath, handler] as const);
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
