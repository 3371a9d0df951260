import type { Principal } from '../../request/principal.js';
import type { ResolvedClerkOptions } from '../resolved-clerk-options.js';
import { ClerkRefreshError } from '../clerk.errors.js';

/**
 * Chooses the client. The client secret of this server is used only for a signed-in user; otherwise
 * anyone could exchange a stolen refresh token here.
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

/** The OAuth client that exchanges a refresh token. */
export type RefreshClient =
  | { readonly kind: 'public'; readonly clientId: string }
  | {
      readonly kind: 'confidential';
      readonly clientId: string;
      readonly clientSecret: string;
      /** The user to whom the new tokens must belong. */
      readonly ownerId: string;
    };

/** RFC 6749 appendix A.1; long enough for the URL of a client metadata document. */
const CLIENT_ID = /^[\x20-\x7E]{1,2048}$/;
