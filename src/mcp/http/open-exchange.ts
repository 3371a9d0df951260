import type { ServerResponse } from 'node:http';
import type { RevocationRegistry } from '../../access/revocation-registry.js';
import type { Principal } from '../../request/principal.js';

/** An HTTP exchange that has not been answered in full. */
interface OpenExchange {
  readonly response: ServerResponse;
  readonly principal: Principal | undefined;
  /** Whether it is a stream that stays open. */
  readonly isStream: boolean;
  /** How long a call may go on once access is revoked, in milliseconds. */
  readonly graceMs: number;
}

/**
 * Closes an exchange when the access of its principal is revoked: a stream at once, a call after
 * `graceMs`, since the call itself may have revoked the access.
 *
 * @returns a function to call when the exchange is over
 */
export function closeWhenRevoked(
  revocations: RevocationRegistry,
  exchange: OpenExchange,
): () => void {
  const { response, principal, isStream, graceMs } = exchange;
  let timer: NodeJS.Timeout | undefined;
  const cut = (): void => void response.destroy();
  const release = revocations.register(
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
