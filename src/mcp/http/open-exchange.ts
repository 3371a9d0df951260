import type { ServerResponse } from 'node:http';
import type { Principal } from '../../request/principal.js';
import type { RevocationRegistry } from '../../access/revocation-registry.js';

/** What an HTTP exchange says of itself. */
export interface OpenExchange {
  readonly response: ServerResponse;
  readonly principal: Principal | undefined;
  /** A stream that lasts. */
  readonly isStream: boolean;
  /** How long a call may go on once access is revoked, in milliseconds. */
  readonly graceMs: number;
}

/**
 * Closes an exchange when the access of its principal is revoked: a stream at once, a call after a
 * moment to end by itself, since it may be the very call that revoked.
 *
 * @returns a function to call when the exchange is over
 */
export function closeWhenRevoked(access: RevocationRegistry, exchange: OpenExchange): () => void {
  const { response, principal, isStream, graceMs } = exchange;
  let timer: NodeJS.Timeout | undefined;
  const cut = (): void => void response.destroy();
  const release = access.register(
    () => principal,
    () => {
      if (isStream) cut();
      else timer = setTimeout(cut, graceMs);
    },
  );
  return () => {
    release();
    clearTimeout(timer);
  };
}
