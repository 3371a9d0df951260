import type { FastifyPluginAsync, FastifyInstance } from 'fastify';
import type { EmulatorCore } from '../emulator-core.js';
import type { FaultsUnderWay } from '../http/fault-injection.js';
import { authorizeRoutes } from './authorize.routes.js';
import { consentRoutes } from './consent.routes.js';
import { discoveryRoutes } from './discovery.routes.js';
import { introspectionRoutes } from './introspection.routes.js';
import { registrationRoutes } from './registration.routes.js';
import { revocationRoutes } from './revocation.routes.js';
import { signInRoutes } from './sign-in.routes.js';
import { tokenRoutes } from './token.routes.js';
import { userinfoRoutes } from './userinfo.routes.js';
import { OAuthError } from '../emulator.errors.js';

/** Clerk's Frontend API, as far as it is an OAuth authorization server. */
export function frontendApi(core: EmulatorCore, faults: FaultsUnderWay): FastifyPluginAsync {
  return async (app) => {
    answerOAuthErrors(app);
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
  };
}

/**
 * Lets clients that run in a browser read the endpoints. Any origin may, because none of them looks
 * at cookies.
 */
export function allowBrowserClients(app: FastifyInstance): void {
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

/** Makes every failure of an endpoint an OAuth error (RFC 6749 §5.2). */
export function answerOAuthErrors(app: FastifyInstance): void {
  app.setErrorHandler(async (error: unknown, _request, reply) => {
    const refusal = asOAuthError(error);
    if (refusal.challenge !== undefined) reply.header('www-authenticate', refusal.challenge);
    return reply.code(refusal.status).header('cache-control', 'no-store').send(refusal.toJSON());
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
  return new OAuthError('server_error', 'The stand-in failed.', undefined, 500);
}
