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

/**
 * Finds out whether the credential of a request is good at this moment, past every cache. The
 * authentication module provides it; whoever serves sensitive entries asks for it.
 */
export abstract class PrincipalRenewal {
  /**
   * @param request that was authenticated before, or an object that has nothing but the principal of
   *   one (`principalOf`), where a session or a connection outlives its requests; the principal found
   *   now is attached to it
   * @returns the principal as it is now, `undefined` for an anonymous request
   * @throws {AccessRefusedError} when the credential is not good any more, or nobody can say
   */
  abstract renew(request: object): Promise<Principal | undefined>;
}

/**
 * Runs a call that no HTTP request brought the way one runs that an HTTP request did: on behalf of a
 * principal, in a scope of its own. The authentication module provides it, since it knows what guards
 * and services will ask for.
 */
export abstract class CallScope {
  /** @param request stands for the HTTP request; a new object for each call */
  abstract run<T>(request: object, principal: Principal | undefined, callback: () => T): T;
}
