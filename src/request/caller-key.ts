import { normalizeIp } from '@nestjs/throttler';
import { subjectKey, type Principal } from './principal.js';
import { addressOf, forwardedAddressOf, trustedAddressOf } from './request-address.js';

/**
 * Whom a limit counts a request for: the subject of a principal, through whatever client, since
 * anybody may register another one; an anonymous caller by address, IPv6 by its /64 network.
 */
export function callerKey(request: object, principal: Principal | undefined): string {
  if (principal) return subjectKey(principal);
  return addressKey(request) ?? LOCAL;
}

/** The address of a request as limits count it; `undefined` for one that no network brought. */
export function addressKey(request: object): string | undefined {
  const address = addressOf(request);
  return address === undefined ? undefined : normalizeIp(address);
}

/** The same, where it is the address of the caller itself and not of a proxy that nobody vouches for. */
export function trustedAddressKey(request: object): string | undefined {
  const address = trustedAddressOf(request);
  return address === undefined ? undefined : normalizeIp(address);
}

/** What a proxy that nobody vouches for says of the address, as a key; `undefined` without such a proxy. */
export function forwardedKey(request: object): string | undefined {
  const said = forwardedAddressOf(request);
  return said === undefined ? undefined : normalizeIp(said);
}

/** A caller without a network in between, such as one over stdio. */
const LOCAL = 'local';
