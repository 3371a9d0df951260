import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { EmulatorCore } from '../emulator-core.js';
import { OAuthError } from '../emulator.errors.js';
import { acceptForms, formOf } from '../http/body-parsers.js';
import { userClaims } from '../tokens/user-claims.js';

/** The userinfo endpoint (OpenID Connect Core §5.3), in Clerk's form. */
export function userinfoRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    acceptForms(app);
    app.route({
      method: ['GET', 'POST'],
      url: '/oauth/userinfo',
      handler: async (request, reply) =>
        reply.header('cache-control', 'no-store').send(await userinfo(core, request)),
    });
  };
}

async function userinfo(
  core: EmulatorCore,
  request: FastifyRequest,
): Promise<Record<string, unknown>> {
  const token = await core.accessTokens.findActive(bearerToken(request));
  const user = token && core.users.find(token.subject);
  if (!token || !user) {
    throw new OAuthError(
      'invalid_token',
      'The access token is unknown, expired or revoked.',
      'Bearer error="invalid_token"',
    );
  }
  const organization =
    token.organizationId === null ? undefined : core.organizations.find(token.organizationId);
  return {
    object: 'oauth_user_info',
    instance_id: core.instanceId,
    user_id: user.id,
    sub: user.id,
    ...userClaims(user, organization, token.scopes, core.url),
  };
}

function bearerToken(request: FastifyRequest): string {
  const header = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const token = header ?? formOf(request.body).get('access_token');
  if (!token) throw new OAuthError('invalid_token', 'The request has no access token.', 'Bearer');
  return token;
}
