import type { Principal } from './principal.js';

/**
 * What the layers of this package note about one request. It hangs on the Node.js request, which Fastify,
 * Express, guards and tools share. A credential is never part of it.
 */
interface RequestRecord {
  /** `undefined` for an anonymous caller, and before a guard has authenticated the request. */
  principal?: Principal | undefined;
  /** The client address that the HTTP framework computed. */
  address?: string | undefined;
  /** Number of calls in the request. Default: 1. */
  calls?: number | undefined;
  /** Whether the endpoint guards have started. */
  isAtEndpointGuards?: boolean | undefined;
  /** The id of the request in events and logs. */
  id?: string | undefined;
}

/** The record of a request. Created on first use. */
export function recordOf(request: object): RequestRecord {
  const carrier: Carrier = carrierOf(request);
  // With all members, so that it has its final size.
  return (carrier[RECORD] ??= {
    principal: undefined,
    address: undefined,
    calls: undefined,
    isAtEndpointGuards: undefined,
    id: undefined,
  });
}

/**
 * Stores the principal on the Node.js request, which Fastify, Express, guards and tools share.
 *
 * @param principal `undefined` for an anonymous caller
 */
export function attachPrincipal(request: object, principal: Principal | undefined): void {
  recordOf(request).principal = principal;
}

/** The principal that a guard attached to this request; `undefined` for an anonymous caller. */
export function principalOf(request: object): Principal | undefined {
  const carrier: Carrier = carrierOf(request);
  return carrier[RECORD]?.principal;
}

/** The Node.js request, which all layers share. Fastify wraps it, Express extends it. */
export function carrierOf(request: object): object {
  return 'raw' in request && typeof request.raw === 'object' && request.raw !== null
    ? request.raw
    : request;
}

/** The connection that a request came over; `undefined` for a test double without one. */
export function connectionOf(request: object): object | undefined {
  const socket: unknown = Reflect.get(carrierOf(request), 'socket');
  return typeof socket === 'object' && socket !== null ? socket : undefined;
}

/** Shared by all copies of this package in a process. */
const RECORD: unique symbol = Symbol.for('nestjs-clerk-mcp:request');

interface Carrier {
  [RECORD]?: RequestRecord;
}
