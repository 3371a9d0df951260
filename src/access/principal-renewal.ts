import type { Principal } from './principal.js';

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
