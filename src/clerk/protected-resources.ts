import type { DiscoveryService } from '@nestjs/core';
import { scopesProblem } from '../access/scopes.js';
import { trimSlashes } from '../request/trim-slashes.js';
import { HAS_ENDPOINT_GUARDS, RESOURCE_PATH } from '../request/guard-phase.js';
import type { ClerkAuthOptions } from './clerk-auth.options.js';
import { ClerkConfigurationError } from './clerk.errors.js';

/** A protected resource with its metadata. */
export interface ProtectedResource extends ResourceIdentity {
  /** The scopes that clients are told to request. */
  readonly scopes: readonly string[];
  readonly docsURL: string | null;
  readonly resourceName: string | null;
}

/** A protected resource as it was configured. `PublishedScopes` derives the scopes from the catalog. */
export interface ConfiguredResource extends Omit<ProtectedResource, 'scopes'> {
  readonly scopes: ConfiguredScopes;
}

/** Scopes to publish, or `catalog` for those that the access rules need. */
export type ConfiguredScopes = readonly string[] | 'catalog';

/** The scopes of a resource without configured ones. */
export const DEFAULT_SCOPES: readonly string[] = ['profile', 'email'];

/** Identifier and metadata URL of a protected resource, RFC 9728. */
interface ResourceIdentity {
  readonly resource: string;
  /** An absolute URL. */
  readonly metadataURL: string;
}

/** The protected resources by path (`@ResourcePath()`), the primary one first. */
export type ProtectedResources = ReadonlyMap<string, ConfiguredResource>;

/**
 * The protected resources of the application.
 *
 * @param declared paths in `@ResourcePath()`
 * @param defaults metadata of resources that do not set their own
 * @throws {ClerkConfigurationError} `path` or `resources` has a path without an endpoint
 */
export function readProtectedResources(
  { path, resources = {} }: Pick<ClerkAuthOptions, 'path' | 'resources'>,
  declared: readonly string[],
  baseURL: string,
  defaults: Omit<ConfiguredResource, 'resource' | 'metadataURL'>,
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
      assertScopes(`resources["${key}"].scopes`, scopes);
      const resource: ConfiguredResource = {
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
 * Checks a configured list of scopes.
 *
 * @param name of the option, for the message
 * @throws {ClerkConfigurationError} an entry is empty, no scope by RFC 6749 §3.3, or there twice
 */
export function assertScopes(name: string, scopes: unknown): void {
  if (scopes === undefined || scopes === 'catalog') return;
  const problem = scopesProblem(scopes);
  if (problem !== undefined) throw new ClerkConfigurationError(`${name} ${problem}`);
}

/**
 * The resource at a path, or the primary one for `undefined`.
 *
 * @throws {Error} no resource with this path was known at startup
 */
export function resourceAt(
  resources: ProtectedResources,
  path: string | undefined,
): ConfiguredResource {
  const resource = path === undefined ? [...resources.values()][0] : resources.get(path);
  if (resource) return resource;
  // No fallback to the primary resource: its tokens must not be accepted at this path.
  throw new Error(`No protected resource is known at "${path ?? ''}".`);
}

/**
 * Derives the resource identifier from the public URL of the server and the path of the endpoint.
 *
 * @throws {ClerkConfigurationError} `baseURL` is not an http or https URL without query and fragment, or
 *   ends in the path of the endpoint
 */
export function readProtectedResource(baseURL: string, path: string): ResourceIdentity {
  const url = URL.canParse(baseURL) ? new URL(baseURL) : undefined;
  const plain = url && /^https?:$/.test(url.protocol) && !url.search && !url.hash && !url.username;
  if (!plain) {
    throw new ClerkConfigurationError(
      'baseURL is not an http or https URL without query and fragment. Set BASE_URL to something like https://mcp.example.com.',
    );
  }
  const prefix = withoutEmptySegments(url.pathname);
  const below = withoutEmptySegments(path);
  if (below !== '' && prefix.endsWith(below)) {
    throw new ClerkConfigurationError(
      `baseURL ends in ${below}, which is the path of the endpoint: its URL would be ${url.origin}${prefix}${below}. Write baseURL: '${url.origin}${prefix.slice(0, -below.length)}'.`,
    );
  }
  const pathname = `${prefix}${below}`;
  return {
    resource: `${url.origin}${pathname}`,
    metadataURL: `${url.origin}${RESOURCE_METADATA_PATH}${pathname}`,
  };
}

/** Each segment with a slash before it; empty for the root. */
function withoutEmptySegments(path: string): string {
  return path
    .split('/')
    .filter(Boolean)
    .map((segment) => `/${segment}`)
    .join('');
}

/**
 * The paths in `@ResourcePath()` of all controllers, in import order: first those of MCP endpoints, then
 * those of other controllers.
 */
export function declaredResourcePaths(discovery: DiscoveryService): readonly string[] {
  const controllers = discovery.getControllers().flatMap(({ metatype }) => metatype ?? []);
  const endpoints = controllers.filter((type) => read(HAS_ENDPOINT_GUARDS, type));
  const paths = [...endpoints, ...controllers].map((type) => read(RESOURCE_PATH, type));
  return [...new Set(paths.filter((path) => typeof path === 'string'))];
}

/** The well-known prefix that RFC 9728 §3.1 inserts between the host and the path of a resource. */
export const RESOURCE_METADATA_PATH = '/.well-known/oauth-protected-resource';

/** With one endpoint, `path` is its public path; with several, it selects the primary one. */
function order(declared: readonly string[], given: string | undefined): readonly string[] {
  if (declared.length === 0) return [given ?? 'mcp'];
  if (declared.length === 1 || given === undefined) return declared;
  if (!declared.includes(given)) {
    throw new ClerkConfigurationError(
      `path is "${given}", where no endpoint is. The endpoints are at: ${list(declared)}. Set path to that of the primary one. A prefix that all of them share belongs in baseURL.`,
    );
  }
  return [given, ...declared.filter((path) => path !== given)];
}

function list(paths: readonly string[]): string {
  return paths.map((path) => `"${path}"`).join(', ');
}

function read(key: string, controller: object): unknown {
  return Reflect.getMetadata(key, controller);
}
