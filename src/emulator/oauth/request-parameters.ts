import { OAuthError } from '../emulator.errors.js';

/**
 * RFC 6749 §3.1 and §3.2: no parameter more than once; RFC 8707 excepts `resource`.
 *
 * @throws OAuthError `invalid_request`
 */
export function refuseRepeatedParameters(parameters: URLSearchParams): void {
  for (const name of new Set(parameters.keys())) {
    if (name !== 'resource' && parameters.getAll(name).length > 1) {
      throw new OAuthError('invalid_request', 'A parameter is repeated.');
    }
  }
}

/**
 * The resource indicators of a request (RFC 8707): absolute URIs without a fragment.
 *
 * @throws OAuthError `invalid_target`
 */
export function resourceIndicators(parameters: URLSearchParams): readonly string[] {
  const resources = [...new Set(parameters.getAll('resource'))];
  for (const resource of resources) {
    if (!URL.canParse(resource) || resource.includes('#')) {
      throw new OAuthError(
        'invalid_target',
        'A resource must be an absolute URI without fragment.',
      );
    }
  }
  return resources;
}

/**
 * The resources of a token request: what it names, all of which must be granted, or everything
 * that is granted.
 *
 * @throws OAuthError `invalid_target`
 */
export function narrowResources(
  granted: readonly string[],
  parameters: URLSearchParams,
): readonly string[] {
  const asked = resourceIndicators(parameters);
  if (asked.length === 0) return granted;
  if (asked.every((resource) => granted.includes(resource))) return asked;
  throw new OAuthError('invalid_target', 'The resource was not part of the authorization.');
}
