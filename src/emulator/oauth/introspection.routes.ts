import type { FastifyPluginAsync } from 'fastify';
import type { EmulatorCore } from '../emulator-core.js';
import { OAuthError } from '../emulator.errors.js';
import { acceptForms, formOf } from '../http/body-parsers.js';
import { authenticateClient } from './client-authentication.js';

/** Token introspection (RFC 7662) in Clerk's form, which contains neither `exp` nor `aud`. */
export function introspectionRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    acceptForms(app);
    app.post('/oauth/token_info', async (request, reply) => {
      const form = formOf(request.body);
      const client = authenticateClient(core, request, form);
      if (client.public) {
        throw new OAuthError('invalid_client', 'Introspection needs a confidential client.');
      }
      const presented = form.get('token');
      if (!presented) throw new OAuthError('invalid_request', 'token is missing.');
      return reply.header('cache-control', 'no-store').send(await introspect(core, presented));
    });
  };
}

async function introspect(core: EmulatorCore, presented: string): Promise<Record<string, unknown>> {
  const token = await core.accessTokens.findActive(presented);
  if (!token) return introspectRefreshToken(core, presented);
  return {
    active: true,
    client_id: token.clientId,
    iat: token.issuedAt,
    scope: token.scopes.join(' '),
    sub: token.subject,
    ...(token.organizationId === null ? {} : { org_id: token.organizationId }),
  };
}

function introspectRefreshToken(core: EmulatorCore, presented: string): Record<string, unknown> {
  const token = core.grants.findRefreshToken(presented);
  const grant = token && !token.used ? core.grants.find(token.grantId) : undefined;
  if (!grant) return { active: false };
  return {
    active: true,
    client_id: grant.clientId,
    scope: grant.scopes.join(' '),
    sub: grant.userId,
  };
}
