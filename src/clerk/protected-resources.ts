import type { DiscoveryService } from '@nestjs/core';
import { scopesProblem } from '../access/scopes.js';
import { trimSlashes } from '../request/trim-slashes.js';
import { HAS_ENDPOINT_GUARDS, RESOURCE_PATH } from '../request/guard-phase.js';
import type { ClerkAuthOptions } from './clerk-auth.options.js';
import { acceptsAudience, normalizeAudience, readAudiences } from './audiences.js';
import { ClerkConfigurationError } from './clerk.errors.js';
import { loopbackOrigins } from './loopback-names.js';

/** A protected resource with its metadata. */
export interface ProtectedResource extends ResourceIdentity, ResourceDescription {
  /**
   * Audiences of the tokens that are accepted: the identifier in each of its names, and those of the option
   * `audiences`. In normal form (RFC 3986 §6.2.2).
   */
  readonly audiences: readonly string[];
  /** The names that it has besides, by the `Host` of a request; empty without `loopbackNames`. */
  readonly names: ReadonlyMap<string, ResourceIdentity>;
}

/** What the metadata of a protected resource says besides its identity. */
interface ResourceDescription {
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
export interface ResourceIdentity {
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
 * @throws {ClerkConfigurationError} `path` or `resources` has a path without an endpoint, an audience is
 *   malformed, ambiguous or belongs to another endpoint, or `loopbackNames` does not fit the base URL
 */
export function readProtectedResources(
  { path, resources = {}, audiences, loopbackNames }: ResourceOptions,
  declared: readonly string[],
  baseURL: string,
  defaults: Omit<ResourceDescription, 'scopes'> & Pick<ConfiguredResource, 'scopes'>,
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
  const common = readAudiences('audiences (CLERK_AUDIENCES)', audiences);
  if (common.length > 0 && paths.length > 1) {
    throw new ClerkConfigurationError(
      `audiences does not say which endpoint it is for, and the endpoints are at: ${list(paths)}. Write it for one of them: resources: { '${paths[0]}': { audiences: ['${common[0]}'] } }.`,
    );
  }
  const publicPath = paths.length === 1 ? given : undefined;
  const read = new Map(
    paths.map((key) => {
      const { scopes, docsURL, resourceName, audiences: further } = own.get(key) ?? {};
      assertScopes(`resources["${key}"].scopes`, scopes);
      const identity = readProtectedResource(baseURL, publicPath ?? key);
      const names = loopbackNames === true ? namesOf(identity, baseURL) : NO_NAMES;
      const identifiers = [identity, ...names.values()].map(({ resource }) => resource);
      const resource: ConfiguredResource = {
        ...identity,
        names,
        audiences: unique([
          ...identifiers.map(normalizeAudience),
          ...readAudiences(`resources["${key}"].audiences`, further),
          ...common,
        ]),
        scopes: scopes ?? defaults.scopes,
        docsURL: docsURL ?? defaults.docsURL,
        resourceName: resourceName ?? defaults.resourceName,
      };
      return [key, resource] as const;
    }),
  );
  refuseSharedIdentifiers(read);
  return read;
}

type ResourceOptions = Pick<ClerkAuthOptions, 'path' | 'resources' | 'audiences' | 'loopbackNames'>;

const NO_NAMES: ProtectedResource['names'] = new Map();

/** A resource under each loopback name, by the `Host` of a request. */
function namesOf(
  { resource, metadataURL }: ResourceIdentity,
  baseURL: string,
): ProtectedResource['names'] {
  const { origin } = new URL(baseURL);
  const under = (own: string, url: string) => `${own}${url.slice(origin.length)}`;
  return new Map(
    [...loopbackOrigins(baseURL)].map(([host, own]) => [
      host,
      { resource: under(own, resource), metadataURL: under(own, metadataURL) },
    ]),
  );
}

/** A token for one endpoint must not be accepted at another one. */
function refuseSharedIdentifiers(resources: ProtectedResources): void {
  for (const [path, { audiences }] of resources) {
    for (const [other, { resource, names }] of resources) {
      if (other === path) continue;
      const identifiers = [resource, ...[...names.values()].map((name) => name.resource)];
      const shared = identifiers.find((identifier) => acceptsAudience(audiences, identifier));
      if (shared === undefined) continue;
      throw new ClerkConfigurationError(
        `audiences of the endpoint at "${path}" contains ${shared}, which is the endpoint at "${other}": its tokens would be accepted at both. Leave it out.`,
      );
    }
  }
}

/** A resource under the name that a request asked for; any other name, and none, change nothing. */
export function underName<R extends ConfiguredResource>(resource: R, host: string | undefined): R {
  const name = host === undefined ? undefined : resource.names.get(host);
  return name === undefined ? resource : { ...resource, ...name };
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

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}

function list(paths: readonly string[]): string {
  return paths.map((path) => `"${path}"`).join(', ');
}

function read(key: string, controller: object): unknown {
  return Reflect.getMetadata(key, controller);
}
