import { normalizeIp } from '@nestjs/throttler';
import { subjectKey, type Principal } from './principal.js';
import { addressOf, forwardedAddressOf, trustedAddressOf } from './request-address.js';

/**
 * The key that rate limits count a request under: the subject of the principal, whichever client it
 * uses, because anyone can register another client; for an anonymous caller the address (IPv6: its /64).
 */
export function callerKey(request: object, principal: Principal | undefined): string {
  if (principal) return subjectKey(principal);
  return addressKey(request) ?? LOCAL;
}

/** The address of a request as a limit key; `undefined` for a request that did not come over a network. */
export function addressKey(request: object): string | undefined {
  const address = addressOf(request);
  return address === undefined ? undefined : normalizeIp(address);
}

/** Like {@link addressKey}, but `undefined` if the address may be that of an untrusted proxy. */
export function trustedAddressKey(request: object): string | undefined {
  const address = trustedAddressOf(request);
  return address === undefined ? undefined : normalizeIp(address);
}

/** The address that an untrusted proxy forwarded, as a limit key; `undefined` without such a proxy. */
export function forwardedKey(request: object): string | undefined {
  const forwarded = forwardedAddressOf(request);
  return forwarded === undefined ? undefined : normalizeIp(forwarded);
}

/** A caller on this machine, for example over stdio. */
const LOCAL = 'local';
