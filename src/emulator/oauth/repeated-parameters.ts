import { OAuthError } from './oauth.error.js';

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
