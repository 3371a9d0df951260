import type { FastifyPluginAsync } from 'fastify';
import type { EmulatorCore } from '../emulator-core.js';
import { OAuthError } from '../emulator.errors.js';
import { acceptForms, formOf } from '../http/body-parsers.js';
import { authenticateClient } from './client-authentication.js';

/** Token revocation (RFC 7009). */
export function revocationRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    acceptForms(app);
    app.post('/oauth/token/revoke', async (request, reply) => {
      const form = formOf(request.body);
      const client = authenticateClient(core, request, form);
      const presented = form.get('token');
      if (!presented) throw new OAuthError('invalid_request', 'token is missing.');
      await revokeToken(core, presented, client.clientId);
      return reply.code(200).header('cache-control', 'no-store').send();
    });
  };
}

/**
 * Revokes a token of a client, and with it every other token of its grant. An unknown token is treated
 * as revoked (RFC 7009 §2.2).
 *
 * @throws OAuthError
 */
export async function revokeToken(
  core: EmulatorCore,
  presented: string,
  clientId: string,
): Promise<void> {
  const refreshToken = core.grants.findRefreshToken(presented);
  const grant = refreshToken && core.grants.find(refreshToken.grantId);
  if (grant) {
    refuseTokenOfOtherClient(grant.clientId, clientId);
    core.grants.revoke(grant.id);
    return;
  }
  const accessToken = await core.accessTokens.find(presented);
  if (accessToken?.format === 'jwt') {
    throw new OAuthError('unsupported_token_type', 'A JWT access token cannot be revoked.');
  }
  if (!accessToken) return;
  refuseTokenOfOtherClient(accessToken.clientId, clientId);
  core.accessTokens.revoke(accessToken.id);
  core.grants.revoke(accessToken.grantId);
}

function refuseTokenOfOtherClient(owner: string, clientId: string): void {
  if (owner !== clientId) {
    throw new OAuthError('invalid_grant', 'The token belongs to another client.');
  }
}
