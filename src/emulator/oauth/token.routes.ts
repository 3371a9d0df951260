import type { FastifyPluginAsync } from 'fastify';
import type { EmulatorCore } from '../emulator-core.js';
import { acceptForms, formOf } from '../http/body-parsers.js';
import type { FaultsUnderWay } from '../http/fault-injection.js';
import { exchangeAuthorizationCode } from './authorization-code.grant.js';
import { authenticateClient } from './client-authentication.js';
import { OAuthError } from './oauth.error.js';
import { refresh } from './refresh-token.grant.js';
import { refuseRepeatedParameters } from './repeated-parameters.js';

/** The token endpoint (RFC 6749 §3.2). Forms only. */
export function tokenRoutes(core: EmulatorCore, faults: FaultsUnderWay): FastifyPluginAsync {
  return async (app) => {
    acceptForms(app);
    app.post('/oauth/token', async (request, reply) => {
      const form = formOf(request.body);
      refuseRepeatedParameters(form);
      const grantType = form.get('grant_type');
      if (grantType === null) throw new OAuthError('invalid_request', 'grant_type is missing.');
      const exchange = EXCHANGES.get(grantType);
      if (!exchange) {
        throw new OAuthError('unsupported_grant_type', 'The grant type is not supported.');
      }
      const client = authenticateClient(core, request, form);
      const dropAudience = faults.concerns(request, 'no_audience');
      const tokens = await exchange(core, client, form, dropAudience);
      return reply.header('cache-control', 'no-store').header('pragma', 'no-cache').send(tokens);
    });
  };
}

const EXCHANGES: ReadonlyMap<string, typeof refresh> = new Map([
  ['authorization_code', exchangeAuthorizationCode],
  ['refresh_token', refresh],
]);
