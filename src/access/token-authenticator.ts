import type { Principal } from './principal.js';

/**
 * Verifies an access token that came another way than with an HTTP request. The authentication module
 * provides it.
 */
export abstract class TokenAuthenticator {
  /**
   * @param path of the protected resource that the token must be for. Default: the primary one
   * @throws {AccessRefusedError} unless the token is good
   */
  abstract authenticate(token: string, path?: string): Promise<Principal>;
}
