import type { EmulatorCore } from '../emulator-core.js';
import { ClerkApiError } from './clerk-api.error.js';

/**
 * The verdict on an OAuth access token. Times are in seconds, as Clerk's specification of the
 * endpoint shows them.
 *
 * @throws ClerkApiError 404 for a token that the instance did not issue
 */
export async function verifyAccessToken(
  core: EmulatorCore,
  presented: string,
): Promise<Record<string, unknown>> {
  const token = await core.accessTokens.find(presented);
  if (!token) throw ClerkApiError.notFound('The access token');
  const expired = core.accessTokens.isExpired(token);
  const isStale = expired || token.revoked;
  if (isStale && core.settings.switches.staleAccessTokens === 'not_found') {
    throw ClerkApiError.notFound('The access token');
  }
  return {
    object: 'clerk_idp_oauth_access_token',
    id: token.id,
    client_id: token.clientId,
    type: 'oauth:access_token',
    subject: token.subject,
    scopes: token.scopes,
    revoked: token.revoked,
    revocation_reason: token.revoked ? 'Revoked by the client or the user.' : null,
    expired,
    expiration: token.expiresAt,
    created_at: token.issuedAt,
    updated_at: token.issuedAt,
    ...(token.audience.length === 0 ? {} : { aud: token.audience }),
  };
}
