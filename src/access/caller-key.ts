import { normalizeIp } from '@nestjs/throttler';
import type { Principal } from './principal.js';
import { addressOf } from './request-address.js';

/**
 * Whom a limit counts a request for: the subject of a principal, through whatever client, since
 * anybody may register another one; an anonymous caller by address, IPv6 by its /64 network.
 */
export function callerKey(request: object, principal: Principal | undefined): string {
  if (principal) return JSON.stringify([principal.issuer, principal.subject]);
  return addressKey(request) ?? LOCAL;
}

/** The address of a request as limits count it; `undefined` for one that no network brought. */
export function addressKey(request: object): string | undefined {
  const address = addressOf(request);
  return address === undefined ? undefined : normalizeIp(address);
}

/** A caller without a network in between, such as one over stdio. */
const LOCAL = 'local';
