import { ClerkConfigurationError } from './clerk-configuration.error.js';

/** The protected resource of RFC 9728: its identifier and where its metadata is. */
export interface ResourceIdentity {
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
