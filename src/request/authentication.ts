import type { Principal } from './principal.js';

/**
 * Verifies an access token that did not come with an HTTP request, for example over stdio. The
 * authentication module provides it.
 */
export abstract class TokenAuthenticator {
  /**
   * @param path of the protected resource that the token must be issued for. Default: the primary one
   * @throws {AccessRefusedError} if the token is not valid
   */
  abstract authenticate(token: string, path?: string): Promise<Principal>;
}

/**
 * Verifies the credential of a request again, without any cache. The authentication module provides it;
 * entries with `@VerifyAlways()` use it.
 */
export abstract class PrincipalRenewal {
  /**
   * @param request an authenticated request, or, for a session that outlives its requests, an object
   *   with an attached principal (`attachPrincipal`); the new principal is attached to it
   * @returns the new principal; `undefined` for an anonymous request
   * @throws {AccessRefusedError} if the credential is not valid any more, or cannot be verified now
   */
  abstract renew(request: object): Promise<Principal | undefined>;
}

/**
 * Runs a call without an HTTP request as if it had one: for a principal, in a separate scope. The
 * authentication module provides it.
 */
export abstract class CallScope {
  /** @param request an object in place of the HTTP request; create a new one for each call */
  abstract run<T>(request: object, principal: Principal | undefined, callback: () => T): T;
}
