import type { FastifyPluginAsync } from 'fastify';
import type { EmulatorCore } from '../emulator-core.js';
import { OAuthError } from '../emulator.errors.js';
import { acceptForms, formOf } from '../http/body-parsers.js';
import { parseScope } from '../instance/scopes.js';
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
      const answer = await introspect(core, presented);
      return reply.header('cache-control', 'no-store').send(checkScopes(answer, form.get('scope')));
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

/** A token without the scopes that the request names is not active for them. */
function checkScopes(
  answer: Record<string, unknown>,
  scope: string | null,
): Record<string, unknown> {
  const granted = parseScope(String(answer['scope'] ?? ''));
  return parseScope(scope).every((name) => granted.includes(name)) ? answer : { active: false };
}

function introspectRefreshToken(core: EmulatorCore, presented: string): Record<string, unknown> {
  const token = core.grants.findRefreshToken(presented);
  const grant = token?.replacedAt === null ? core.grants.find(token.grantId) : undefined;
  if (!grant) return { active: false };
  return {
    active: true,
    client_id: grant.clientId,
    scope: grant.scopes.join(' '),
    sub: grant.userId,
  };
}
