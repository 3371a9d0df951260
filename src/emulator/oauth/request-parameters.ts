import type { EmulatorSwitches } from '../emulator-switches.js';
import { OAuthError } from '../emulator.errors.js';

/**
 * No parameter may occur twice (RFC 6749 §3.1, §3.2), except `resource` (RFC 8707).
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
 * The resource indicators of a request (RFC 8707): absolute URIs without a fragment. The switch
 * `unregisteredResource` says what happens to those that are not registered.
 *
 * @throws OAuthError `invalid_target`
 */
export function resourceIndicators(
  parameters: URLSearchParams,
  { resources: registered, unregisteredResource }: Readonly<EmulatorSwitches>,
): readonly string[] {
  const resources = [...new Set(parameters.getAll('resource'))];
  for (const resource of resources) {
    if (!URL.canParse(resource) || resource.includes('#')) {
      throw new OAuthError(
        'invalid_target',
        'A resource must be an absolute URI without fragment.',
      );
    }
    if (unregisteredResource === 'refused' && !registered.includes(resource)) {
      throw new OAuthError('invalid_target', 'The resource is not registered at this instance.');
    }
  }
  if (unregisteredResource !== 'ignored') return resources;
  return resources.filter((resource) => registered.includes(resource));
}

/**
 * The resources of a token request: those that it names, which must be granted, or all granted ones.
 *
 * @throws OAuthError `invalid_target`
 */
export function narrowResources(
  granted: readonly string[],
  parameters: URLSearchParams,
  switches: Readonly<EmulatorSwitches>,
): readonly string[] {
  const requested = resourceIndicators(parameters, switches);
  if (requested.length === 0) return granted;
  if (requested.every((resource) => granted.includes(resource))) return requested;
  throw new OAuthError('invalid_target', 'The resource was not part of the authorization.');
}
