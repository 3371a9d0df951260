import { defined } from '../defined.js';
import type { JsonObject } from '../json-object.js';
import { RESOURCE_METADATA_PATH, type ProtectedResource } from '../protected-resource.js';
import type { ResolvedClerkOptions } from '../resolved-clerk.options.js';

/**
 * The metadata of each protected resource by its path, RFC 9728 §3: at the place for the resource, and
 * that of the primary one at the root too, for clients that look there.
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
  return defined({
    resource: resource.resource,
    authorization_servers: [issuer],
    bearer_methods_supported: ['header'],
    scopes_supported: resource.scopes,
    resource_name: resource.resourceName ?? undefined,
    resource_documentation: resource.docsURL ?? undefined,
  });
}
