import { trimSlashes } from '../request/trim-slashes.js';
import type { DiscoveryService } from '@nestjs/core';
import { HAS_ENDPOINT_GUARDS, RESOURCE_PATH } from '../request/guard-phase.js';
import type { ClerkAuthOptions } from './clerk-auth.options.js';
import { ClerkConfigurationError } from './clerk.errors.js';

/** The protected resources by the path that their controllers name, the primary one first. */
export type ProtectedResources = ReadonlyMap<string, ProtectedResource>;

/**
 * The paths that controllers of the application name with `@ResourcePath()`, in import order: first
 * those of controllers that are the resource, then those of controllers that only belong to one.
 */
export function declaredResourcePaths(discovery: DiscoveryService): readonly string[] {
  const controllers = discovery.getControllers().flatMap(({ metatype }) => metatype ?? []);
  const endpoints = controllers.filter((type) => read(HAS_ENDPOINT_GUARDS, type));
  const paths = [...endpoints, ...controllers].map((type) => read(RESOURCE_PATH, type));
  return [...new Set(paths.filter((path) => typeof path === 'string'))];
}

/**
 * The protected resources of the application.
 *
 * @param defaults what holds where a resource says nothing of its own
 * @throws {ClerkConfigurationError} `path` or `resources` names none of them
 */
export function readProtectedResources(
  { path, resources = {} }: Pick<ClerkAuthOptions, 'path' | 'resources'>,
  declared: readonly string[],
  baseURL: string,
  defaults: Omit<ProtectedResource, 'resource' | 'metadataURL'>,
): ProtectedResources {
  const given = path === undefined ? undefined : trimSlashes(path);
  const paths = order(declared, given);
  const own = new Map(Object.entries(resources).map(([key, value]) => [trimSlashes(key), value]));
  const stray = [...own.keys()].find((key) => !paths.includes(key));
  if (stray !== undefined) {
    throw new ClerkConfigurationError(
      `resources names "${stray}", where no endpoint is. The endpoints are at: ${list(paths)}.`,
    );
  }
  const publicPath = paths.length === 1 ? given : undefined;
  return new Map(
    paths.map((key) => {
      const { scopes, docsURL, resourceName } = own.get(key) ?? {};
      const resource: ProtectedResource = {
        ...readProtectedResource(baseURL, publicPath ?? key),
        scopes: scopes ?? defaults.scopes,
        docsURL: docsURL ?? defaults.docsURL,
        resourceName: resourceName ?? defaults.resourceName,
      };
      return [key, resource] as const;
    }),
  );
}

/**
 * The resource at a path, or the primary one for `undefined`.
 *
 * @throws {Error} for a path that was not there when the application started
 */
export function resourceAt(
  resources: ProtectedResources,
  path: string | undefined,
): ProtectedResource {
  const resource = path === undefined ? [...resources.values()][0] : resources.get(path);
  if (resource) return resource;
  // Whose tokens are good here? Nobody's, rather than those of another resource.
  throw new Error(`No protected resource is known at "${path ?? ''}".`);
}

function read(key: string, controller: object): unknown {
  return Reflect.getMetadata(key, controller);
}

/** With one endpoint `path` is what clients see of it; with several it names the primary one. */
function order(declared: readonly string[], given: string | undefined): readonly string[] {
  if (declared.length === 0) return [given ?? 'mcp'];
  if (declared.length === 1 || given === undefined) return declared;
  if (!declared.includes(given)) {
    throw new ClerkConfigurationError(
      `path is "${given}", where no endpoint is. The endpoints are at: ${list(declared)}. Name the primary one; a prefix that they share belongs into baseURL.`,
    );
  }
  return [given, ...declared.filter((path) => path !== given)];
}

function list(paths: readonly string[]): string {
  return paths.map((path) => `"${path}"`).join(', ');
}

/** The protected resource of RFC 9728: its identifier and where its metadata is. */
interface ResourceIdentity {
  readonly resource: string;
  /** Absolute. */
  readonly metadataURL: string;
}

/** A protected resource, with what its metadata says of it. */
export interface ProtectedResource extends ResourceIdentity {
  readonly scopes: readonly string[];
  readonly docsURL: string | null;
  readonly resourceName: string | null;
}

/** The well-known prefix that RFC 9728 §3.1 inserts between the host and the path of a resource. */
export const RESOURCE_METADATA_PATH = '/.well-known/oauth-protected-resource';

/**
 * Derives the resource identifier from the public URL of the server and the path of the endpoint.
 *
 * @throws {ClerkConfigurationError} when `baseURL` is not a plain http or https URL
 */
export function readProtectedResource(baseURL: string, path: string): ResourceIdentity {
  const url = URL.canParse(baseURL) ? new URL(baseURL) : undefined;
  const plain = url && /^https?:$/.test(url.protocol) && !url.search && !url.hash && !url.username;
  if (!plain) {
    throw new ClerkConfigurationError(
      'baseURL is not an http or https URL without query and fragment. Set BASE_URL to something like https://mcp.example.com.',
    );
  }
  const segments = [...url.pathname.split('/'), ...path.split('/')].filter(Boolean);
  const pathname = segments.length === 0 ? '' : `/${segments.join('/')}`;
  return {
    resource: `${url.origin}${pathname}`,
    metadataURL: `${url.origin}${RESOURCE_METADATA_PATH}${pathname}`,
  };
}
