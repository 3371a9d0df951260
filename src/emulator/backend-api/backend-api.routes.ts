import { timingSafeEqual } from 'node:crypto';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { EmulatorCore } from '../emulator-core.js';
import { ClerkApiError } from '../emulator.errors.js';
import { acceptJson } from '../http/body-parsers.js';
import type { RequestFaults } from '../http/request-faults.js';
import { fingerprint } from '../instance/clerk-id.js';
import { apiKeyRoutes } from './api-key.routes.js';
import { billingRoutes } from './billing.routes.js';
import { instanceSettingsRoutes } from './instance-settings.routes.js';
import { invitationRoutes } from './invitation.routes.js';
import { m2mTokenRoutes } from './m2m-token.routes.js';
import { bearerOf } from './machine-auth.js';
import { machineRoutes } from './machine.routes.js';
import { membershipRoutes } from './membership.routes.js';
import { oauthApplicationRoutes } from './oauth-application.routes.js';
import { organizationInvitationRoutes } from './organization-invitation.routes.js';
import { organizationRoleRoutes } from './organization-role.routes.js';
import { organizationRoutes } from './organization.routes.js';
import { demandDeclaration, NO_QUERY } from './request-input.js';
import { sessionRoutes } from './session.routes.js';
import { signInTicketRoutes } from './sign-in-ticket.routes.js';
import { userRoutes } from './user.routes.js';
import { verificationRoutes } from './verification.routes.js';

/** Clerk's Backend API. Every request needs the secret key. */
export function backendApi(core: EmulatorCore, faults: RequestFaults): FastifyPluginAsync {
  return async (app) => {
    acceptJson(app);
    app.addHook('onRoute', demandDeclaration);
    app.setErrorHandler(async (error: unknown, request, reply) => {
      const apiError = withRealUrl(asClerkApiError(error), request);
      return reply.code(apiError.status).send(apiError.toJSON());
    });
    app.addHook('onRequest', async (request) => {
      if (faults.affects(request, 'wrong_secret') || !isAuthorized(core, request)) {
        throw new ClerkApiError(
          401,
          'clerk_key_invalid',
          'The provided Clerk Secret Key is invalid. Make sure that your Clerk Secret Key is correct.',
        );
      }
    });
    app.get('/v1/jwks', NO_QUERY, () => core.keys.jwks());
    await app.register(userRoutes(core));
    await app.register(organizationRoutes(core));
    await app.register(membershipRoutes(core));
    await app.register(invitationRoutes(core));
    await app.register(organizationInvitationRoutes(core));
    await app.register(organizationRoleRoutes(core));
    await app.register(sessionRoutes(core));
    await app.register(signInTicketRoutes(core));
    await app.register(oauthApplicationRoutes(core));
    await app.register(verificationRoutes(core, faults));
    await app.register(apiKeyRoutes(core, faults));
    await app.register(m2mTokenRoutes(core, faults));
    await app.register(machineRoutes(core));
    await app.register(instanceSettingsRoutes(core));
    await app.register(billingRoutes(core));
    for (const unknown of UNKNOWN_ROUTES) {
      app.all(unknown, { ...ANY_QUERY, onRequest: refuseRoute }, refuseRoute);
    }
  };
}

/** Every path of the Backend API that no other route has. @clerk/backend omits `/v1` in some. */
const UNKNOWN_ROUTES = ['/v1*', '/api_keys*', '/m2m_tokens*', '/oauth_applications*'] as const;

/** Runs before the body is parsed, whose type the emulator may not have either. */
function refuseRoute(request: FastifyRequest): Promise<never> {
  return Promise.reject(
    new ClerkApiError(
      501,
      'emulator_unsupported_route',
      `The emulator does not have ${request.method} ${pathOf(request)}.`,
    ),
  );
}

/** For the routes above: the route itself is unknown, whatever the query. */
const ANY_QUERY = { config: { reads: 'anything' } };

/** Tells the caller of a 501 where the real API is. */
function withRealUrl(error: ClerkApiError, request: FastifyRequest): ClerkApiError {
  if (error.status !== 501) return error;
  const path = pathOf(request).replace(/^\/v1(?=\/|$)/, '');
  const message =
    `${error.message} Clerk's own is ${request.method} https://api.clerk.com/v1${path}, ` +
    'if it is documented at https://clerk.com/docs/reference/backend-api.';
  return new ClerkApiError(error.status, error.code, message, error.meta);
}

function pathOf(request: FastifyRequest): string {
  return request.url.replace(/\?.*$/, '');
}

/** The secret key authorizes every request, a machine secret key the M2M endpoints. */
function isAuthorized(core: EmulatorCore, request: FastifyRequest): boolean {
  const presented = bearerOf(request);
  const isSecretKey = timingSafeEqual(
    Buffer.from(fingerprint(presented)),
    Buffer.from(fingerprint(core.settings.secretKey)),
  );
  if (isSecretKey) return true;
  const isMachineRoute = /^(\/v1)?\/m2m_tokens(\/|$)/.test(request.routeOptions.url ?? '');
  return isMachineRoute && core.machines.findBySecretKey(presented) !== undefined;
}

function asClerkApiError(error: unknown): ClerkApiError {
  if (error instanceof ClerkApiError) return error;
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status >= 400 && status < 500 && error instanceof Error) {
    return new ClerkApiError(status, 'request_invalid', error.message);
  }
  return new ClerkApiError(500, 'internal_clerk_error', 'The emulator failed.');
}
