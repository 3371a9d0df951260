import type { FastifyPluginAsync } from 'fastify';
import type { EmulatorCore } from '../emulator-core.js';
import { acceptForms, formOf } from '../http/body-parsers.js';
import { authenticateClient } from './client-authentication.js';
import { OAuthError } from '../emulator.errors.js';

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
      return reply.code(200).header('cache-control', 'no-store').send({});
    });
  };
}

/**
 * Ends a token of a client. A refresh token takes its whole family along; a token that is not
 * known is revoked already, as far as the client can tell.
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
    refuseForeignToken(grant.clientId, clientId);
    core.grants.revoke(grant.id);
    return;
  }
  const accessToken = await core.accessTokens.find(presented);
  if (accessToken?.format === 'jwt') {
    throw new OAuthError('unsupported_token_type', 'A JWT access token cannot be revoked.');
  }
  if (!accessToken) return;
  refuseForeignToken(accessToken.clientId, clientId);
  core.accessTokens.revoke(accessToken.id);
}

function refuseForeignToken(owner: string, clientId: string): void {
  if (owner !== clientId) {
    throw new OAuthError('unauthorized_client', 'The token belongs to another client.');
  }
}
