import type { Principal } from './principal.js';

/**
 * Keeps the principal of a request where every layer finds it: on the request of Node itself, which
 * Fastify and Express, guards and tools have in common.
 */
export function attachPrincipal(request: object, principal: Principal | undefined): void {
  Reflect.set(carrierOf(request), PRINCIPAL, principal);
}

/** The principal that a guard attached to this request; `undefined` for an anonymous caller. */
export function principalOf(request: object): Principal | undefined {
  return Reflect.get(carrierOf(request), PRINCIPAL);
}

const PRINCIPAL = Symbol.for('nestjs-clerk-mcp:principal');

/** The request of Node itself, which all layers share; Fastify wraps it, Express extends it. */
export function carrierOf(request: object): object {
  return 'raw' in request && typeof request.raw === 'object' && request.raw !== null
    ? request.raw
    : request;
}
