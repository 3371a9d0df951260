import type { Principal } from './principal.js';

/**
 * Runs a call that no HTTP request brought the way one runs that an HTTP request did: on behalf of a
 * principal, in a scope of its own. The authentication module provides it, since it knows what guards
 * and services will ask for.
 */
export abstract class CallScope {
  /** @param request stands for the HTTP request; a new object for each call */
  abstract run<T>(request: object, principal: Principal | undefined, callback: () => T): T;
}
