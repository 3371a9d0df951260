import { Inject, Injectable, Logger } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost } from '@nestjs/core';
import { FrameworkRoutes } from '../../request/own-routes.js';
import { trimSlashes } from '../../request/trim-slashes.js';
import { AccessRefusedError } from '../../access/access.errors.js';
import { RefusalResponder } from '../../access/refusal-responder.js';
import { type JsonObject, omitUndefined } from '../../request/json-object.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk-options.js';
import { AuthorizationServerMirror } from './authorization-server-metadata.js';
import { RESOURCE_METADATA_PATH, type ProtectedResource } from '../protected-resources.js';

/**
 * Serves the documents by which clients discover the authorization server. They are routes of the HTTP
 * framework, not of Nest: the standards fix their paths, so a global prefix, versioning, guards,
 * interceptors and filters of the application must not affect them.
 */
@Injectable()
export class MetadataRoutes extends FrameworkRoutes {
  readonly description = DESCRIPTION;
  private readonly logger = new Logger('ClerkAuthModule');

  constructor(
    @Inject(CLERK_OPTIONS) private readonly options: ResolvedClerkOptions,
    private readonly mirror: AuthorizationServerMirror,
    private readonly refusals: RefusalResponder,
    private readonly config: ApplicationConfig,
    private readonly adapterHost: HttpAdapterHost,
  ) {
    super();
  }

  paths(): readonly string[] {
    return [...resourceMetadata(this.options).keys(), AUTHORIZATION_SERVER_PATH].flatMap((path) =>
      this.pathsOf(path),
    );
  }

  /** Registers the routes. Must run before Nest registers its routes. */
  mount(): void {
    // A stdio server has no HTTP adapter.
    if (!this.adapterHost.httpAdapter?.getType()) return;
    for (const [path, document] of resourceMetadata(this.options)) {
      this.serve(path, () => document);
    }
    this.serve(AUTHORIZATION_SERVER_PATH, () => this.mirror.read());
  }

  private serve(path: string, read: () => JsonObject | Promise<JsonObject>): void {
    const { httpAdapter } = this.adapterHost;
    const handler = (_request: object, response: object): Promise<void> =>
      this.answer(response, read);
    for (const fullPath of this.pathsOf(path)) httpAdapter.get(fullPath, handler);
  }

  /** Also below the global prefix, for a proxy that forwards only this prefix. */
  private pathsOf(path: string): readonly string[] {
    const prefix = trimSlashes(this.config.getGlobalPrefix());
    return prefix === '' ? [path] : [path, `/${prefix}${path}`];
  }

  private async answer(
    response: object,
    read: () => JsonObject | Promise<JsonObject>,
  ): Promise<void> {
    try {
      this.reply(response, 200, PUBLIC, await read());
    } catch (error) {
      if (!(error instanceof AccessRefusedError)) this.logger.error(error);
      const refusal = error instanceof AccessRefusedError ? error.refusal : UNAVAILABLE;
      const { status, headers, body } = this.refusals.answer(refusal);
      this.reply(response, status, headers, body);
    }
  }

  private reply(
    response: object,
    status: number,
    headers: Readonly<Record<string, string>>,
    body: JsonObject,
  ): void {
    const { httpAdapter } = this.adapterHost;
    for (const [name, value] of Object.entries(headers)) {
      httpAdapter.setHeader(response, name, value);
    }
    httpAdapter.reply(response, body, status);
  }
}

const AUTHORIZATION_SERVER_PATH = '/.well-known/oauth-authorization-server';

const DESCRIPTION = {
  name: 'a metadata document of this package',
  cure: 'Remove your route: clients find the authorization server by that document.',
};

const PUBLIC = { 'Access-Control-Allow-Origin': '*', 'Cache-Control': 'public, max-age=300' };

const UNAVAILABLE = { reason: 'unavailable', retryAfter: 5 } as const;

/**
 * The metadata documents of all protected resources by URL path, RFC 9728 §3. The document of the primary
 * resource is also at the root, for clients that look there.
 */
export function resourceMetadata(options: ResolvedClerkOptions): ReadonlyMap<string, JsonObject> {
  const { issuer, resources } = options;
  return new Map([
    [RESOURCE_METADATA_PATH, describe(options, issuer)],
    ...[...resources.values()].map(
      (resource) => [new URL(resource.metadataURL).pathname, describe(resource, issuer)] as const,
    ),
  ]);
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
