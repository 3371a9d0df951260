import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import type { EmulatorCore } from '../emulator-core.js';
import { OAuthError } from '../emulator.errors.js';
import type { RequestFaults } from '../http/request-faults.js';
import { authorizeRoutes } from './authorize.routes.js';
import { consentRoutes } from './consent.routes.js';
import { discoveryRoutes } from './discovery.routes.js';
import { introspectionRoutes } from './introspection.routes.js';
import { registrationRoutes } from './registration.routes.js';
import { revocationRoutes } from './revocation.routes.js';
import { signInRoutes } from './sign-in.routes.js';
import { ticketRoutes } from './ticket.routes.js';
import { tokenRoutes } from './token.routes.js';
import { userinfoRoutes } from './userinfo.routes.js';

/** The part of Clerk's Frontend API that is an OAuth authorization server, and the sign-in by tickets. */
export function frontendApi(core: EmulatorCore, faults: RequestFaults): FastifyPluginAsync {
  return async (app) => {
    sendOAuthErrors(core, app);
    await app.register(async (endpoints) => {
      allowBrowserClients(endpoints);
      await endpoints.register(discoveryRoutes(core));
      await endpoints.register(registrationRoutes(core));
      await endpoints.register(tokenRoutes(core, faults));
      await endpoints.register(userinfoRoutes(core));
      await endpoints.register(introspectionRoutes(core));
      await endpoints.register(revocationRoutes(core));
    });
    await app.register(authorizeRoutes(core));
    await app.register(signInRoutes(core));
    await app.register(consentRoutes(core));
    await app.register(ticketRoutes(core));
  };
}

/**
 * CORS for clients that run in a browser. Every origin is allowed, because these endpoints do not
 * read cookies.
 */
function allowBrowserClients(app: FastifyInstance): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('access-control-allow-origin', '*');
    reply.header('access-control-expose-headers', 'WWW-Authenticate');
  });
  for (const url of ['/.well-known/*', '/oauth/*']) {
    app.options(url, async (_request, reply) =>
      reply
        .code(204)
        .header('access-control-allow-methods', 'GET, POST, OPTIONS')
        .header('access-control-allow-headers', 'Authorization, Content-Type, MCP-Protocol-Version')
        .header('access-control-max-age', '600')
        .send(),
    );
  }
}

/** Turns every failure of an endpoint into an OAuth error response (RFC 6749 §5.2). */
function sendOAuthErrors(core: EmulatorCore, app: FastifyInstance): void {
  app.setErrorHandler(async (error: unknown, _request, reply) => {
    const oauthError = asOAuthError(error);
    if (oauthError.challenge !== undefined) reply.header('www-authenticate', oauthError.challenge);
    const { invalidGrantStatus } = core.settings.switches;
    return reply
      .code(oauthError.code === 'invalid_grant' ? invalidGrantStatus : oauthError.status)
      .header('cache-control', 'no-store')
      .send(oauthError.toJSON());
  });
}

function asOAuthError(error: unknown): OAuthError {
  if (error instanceof OAuthError) return error;
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status === 415) {
    return new OAuthError('invalid_request', 'The body has the wrong content type.');
  }
  if (status >= 400 && status < 500 && error instanceof Error) {
    return new OAuthError('invalid_request', error.message, undefined, status);
  }
  return new OAuthError('server_error', 'The emulator failed.', undefined, 500);
}
