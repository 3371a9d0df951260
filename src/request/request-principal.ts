import type { Principal } from './principal.js';
import { createPrivateMember } from './private-member.js';

/**
 * Stores the principal on the Node.js request, which Fastify, Express, guards and tools share.
 *
 * @param principal `undefined` for an anonymous caller
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

/** The Node.js request, which all layers share. Fastify wraps it, Express extends it. */
export function carrierOf(request: object): object {
  return 'raw' in request && typeof request.raw === 'object' && request.raw !== null
    ? request.raw
    : request;
}

/** Stores the number of calls in a request, for a JSON-RPC batch. */
export function noteCalls(request: object, calls: number): void {
  CALLS.set(carrierOf(request), calls);
}

/** The number of calls in a request; 1 unless {@link noteCalls} stored another number. */
export function callsOf(request: object): number {
  return CALLS.get(carrierOf(request)) ?? 1;
}

const CALLS = createPrivateMember<number>();
