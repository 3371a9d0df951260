import type { Principal } from '../../request/principal.js';
import type { ResolvedClerkOptions } from '../resolved-clerk-options.js';
import { ClerkRefreshError } from '../clerk.errors.js';

/** The OAuth client in whose name a refresh token is exchanged. */
export type RefreshClient =
  | { readonly kind: 'public'; readonly clientId: string }
  | {
      readonly kind: 'confidential';
      readonly clientId: string;
      readonly clientSecret: string;
      /** The user to whom the new tokens must belong. */
      readonly ownerId: string;
    };

/**
 * Chooses the client. The secret of this server is used for a signed-in user only: with it for
 * strangers, any stolen refresh token could be redeemed here.
 *
 * @throws {ClerkRefreshError} `client_id_required`, `sign_in_required` or `invalid_client`
 */
export function chooseRefreshClient(
  configured: ResolvedClerkOptions['oauthClient'],
  clientId: string | undefined,
  principal: Principal | undefined,
): RefreshClient {
  if (clientId !== undefined && !CLIENT_ID.test(clientId)) {
    throw new ClerkRefreshError('invalid_client');
  }
  if (clientId !== undefined && clientId !== configured?.clientId) {
    return { kind: 'public', clientId };
  }
  if (!configured) throw new ClerkRefreshError('client_id_required');
  if (configured.clientSecret === null) return { kind: 'public', clientId: configured.clientId };

  const ownerId = principal?.userId;
  if (ownerId === undefined) throw new ClerkRefreshError('sign_in_required');
  return {
    kind: 'confidential',
    clientId: configured.clientId,
    clientSecret: configured.clientSecret,
    ownerId,
  };
}

/** RFC 6749 appendix A.1, with a length that URLs of client metadata documents keep. */
const CLIENT_ID = /^[\x20-\x7E]{1,2048}$/;
