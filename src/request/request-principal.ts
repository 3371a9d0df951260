import type { Principal } from './principal.js';
import { createPrivateMember } from './private-member.js';

/**
 * Keeps the principal of a request where every layer finds it: on the request of Node itself, which
 * Fastify and Express, guards and tools have in common.
 */
export function attachPrincipal(request: object, principal: Principal | undefined): void {
  const carrier: Carrier = carrierOf(request);
  carrier[PRINCIPAL] = principal;
}

/** The principal that a guard attached to this request; `undefined` for an anonymous caller. */
export function principalOf(request: object): Principal | undefined {
  const carrier: Carrier = carrierOf(request);
  return carrier[PRINCIPAL];
}

const PRINCIPAL: unique symbol = Symbol.for('nestjs-clerk-mcp:principal');

interface Carrier {
  [PRINCIPAL]?: Principal | undefined;
}

/** The request of Node itself, which all layers share; Fastify wraps it, Express extends it. */
export function carrierOf(request: object): object {
  return 'raw' in request && typeof request.raw === 'object' && request.raw !== null
    ? request.raw
    : request;
}

/** Notes that a request stands for several calls, as a batch does. */
export function noteCalls(request: object, calls: number): void {
  CALLS.set(carrierOf(request), calls);
}

/** How many calls a request stands for. */
export function callsOf(request: object): number {
  return CALLS.get(carrierOf(request)) ?? 1;
}

const CALLS = createPrivateMember<number>();
