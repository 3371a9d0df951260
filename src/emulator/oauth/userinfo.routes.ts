import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { EmulatorCore } from '../emulator-core.js';
import { ClerkApiError } from '../emulator.errors.js';
import { acceptForms, formOf } from '../http/body-parsers.js';
import { userClaims } from '../tokens/user-claims.js';

/** The userinfo endpoint (OpenID Connect Core §5.3), in Clerk's form. */
export function userinfoRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    acceptForms(app);
    app.setErrorHandler(async (error: unknown, _request, reply) => {
      const problem = error instanceof ClerkApiError ? error : malformed(error);
      return reply.code(problem.status).header('cache-control', 'no-store').send(problem.toJSON());
    });
    app.route({
      method: ['GET', 'POST'],
      url: '/oauth/userinfo',
      handler: async (request, reply) =>
        reply.header('cache-control', 'no-store').send(await userinfo(core, request, reply)),
    });
  };
}

async function userinfo(
  core: EmulatorCore,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Record<string, unknown>> {
  const token = await core.accessTokens.findActive(bearerToken(request, reply));
  const user = token && core.users.find(token.subject);
  const { userinfoAcceptsAudience } = core.settings.switches;
  if (!token || !user || (token.audience.length > 0 && !userinfoAcceptsAudience)) {
    reply.header('www-authenticate', 'Bearer error="invalid_token"');
    throw new ClerkApiError(
      401,
      'authentication_invalid',
      'The access token is unknown, expired, revoked, or meant for another resource.',
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

/** A request that failed before it was read, or in the emulator. */
function malformed(error: unknown): ClerkApiError {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status >= 400 && status < 500) {
    return new ClerkApiError(400, 'request_invalid', 'The body must be a form.');
  }
  return new ClerkApiError(500, 'internal_clerk_error', 'The emulator failed.');
}

function bearerToken(request: FastifyRequest, reply: FastifyReply): string {
  const header = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const token = header ?? formOf(request.body).get('access_token');
  if (token) return token;
  reply.header('www-authenticate', 'Bearer');
  throw new ClerkApiError(401, 'authentication_invalid', 'The request has no access token.');
}
