import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { EmulatorCore } from '../emulator-core.js';
import { ClerkApiError, OAuthError } from '../emulator.errors.js';
import type {
  OAuthApplication,
  OAuthApplicationWithSecret,
} from '../instance/oauth-applications.js';
import { parseScope } from '../instance/scopes.js';
import { redirectUriProblem } from '../oauth/redirect-uri.js';
import { revokeToken } from '../oauth/revocation.routes.js';
import { orNotFound, pageJson, parseInput } from './request-input.js';

/** `/v1/oauth_applications` and the settings that concern them. */
export function oauthApplicationRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    app.get('/v1/instance/oauth_application_settings', () => {
      const { accessTokenFormat, dynamicClientRegistration } = core.settings.switches;
      return {
        object: 'oauth_application_settings',
        dynamic_oauth_client_registration: dynamicClientRegistration,
        oauth_jwt_access_tokens: accessTokenFormat === 'jwt',
      };
    });
    app.get('/v1/oauth_applications', (request) => {
      const applications = core.oauthApplications.list();
      return pageJson(applications, request.query, (one) => applicationJson(core, one));
    });
    app.post('/v1/oauth_applications', (request) => {
      const input = parseInput(ApplicationInput, request.body);
      const created = core.oauthApplications.create({
        name: input.name,
        redirectUris: input.redirect_uris ?? [],
        public: input.public ?? false,
        consentScreenEnabled: input.consent_screen_enabled ?? true,
        ...(input.pkce_required === undefined ? {} : { pkceRequired: input.pkce_required }),
        scopes: input.scopes === undefined ? ['profile', 'email'] : parseScope(input.scopes),
      });
      return applicationJson(core, created);
    });
    app.get<{ Params: { id: string } }>('/v1/oauth_applications/:id', (request) =>
      applicationJson(core, findApplication(core, request.params.id)),
    );
    app.patch<{ Params: { id: string } }>('/v1/oauth_applications/:id', (request) => {
      const { clientId } = findApplication(core, request.params.id);
      const input = parseInput(ApplicationInput.partial(), request.body);
      const updated = core.oauthApplications.update(clientId, {
        ...(input.name === undefined ? {} : { name: input.name }),
        ...(input.redirect_uris ? { redirectUris: input.redirect_uris } : {}),
        ...(input.scopes === undefined ? {} : { scopes: parseScope(input.scopes) }),
        ...(input.pkce_required === undefined ? {} : { pkceRequired: input.pkce_required }),
        ...(input.consent_screen_enabled === undefined
          ? {}
          : { consentScreenEnabled: input.consent_screen_enabled }),
      });
      return applicationJson(core, updated);
    });
    app.delete<{ Params: { id: string } }>('/v1/oauth_applications/:id', (request) => {
      const { id, clientId } = findApplication(core, request.params.id);
      core.oauthApplications.delete(clientId);
      return { object: 'oauth_application', id, deleted: true };
    });
    app.post<{ Params: { id: string } }>('/v1/oauth_applications/:id/rotate_secret', (request) =>
      applicationJson(
        core,
        core.oauthApplications.rotateSecret(findApplication(core, request.params.id).clientId),
      ),
    );
    app.post<{ Params: { id: string } }>(
      '/v1/oauth_applications/:id/revoke_token',
      async (request, reply) => {
        const { clientId } = findApplication(core, request.params.id);
        const { token } = parseInput(z.object({ token: z.string() }), request.body);
        await revoke(core, token, clientId);
        return reply.code(204).send();
      },
    );
  };
}

const ApplicationInput = z.object({
  name: z.string().min(1).max(200),
  redirect_uris: z
    .array(z.string().refine((uri) => redirectUriProblem(uri) === undefined, 'is not allowed'))
    .nullish(),
  scopes: z.string().optional(),
  public: z.boolean().nullish(),
  pkce_required: z.boolean().optional(),
  consent_screen_enabled: z.boolean().optional(),
});

function findApplication(core: EmulatorCore, id: string): OAuthApplication {
  return orNotFound(core.oauthApplications.findById(id), 'The OAuth application');
}

async function revoke(core: EmulatorCore, token: string, clientId: string): Promise<void> {
  try {
    await revokeToken(core, token, clientId);
  } catch (error) {
    if (error instanceof OAuthError) throw new ClerkApiError(400, error.code, error.message);
    throw error;
  }
}

function applicationJson(
  core: EmulatorCore,
  application: OAuthApplicationWithSecret,
): Record<string, unknown> {
  const { url } = core;
  return {
    object: 'oauth_application',
    id: application.id,
    instance_id: core.instanceId,
    name: application.name,
    client_id: application.clientId,
    client_uri: application.clientUri,
    client_image_url: null,
    dynamically_registered: application.dynamicallyRegistered,
    consent_screen_enabled: application.consentScreenEnabled,
    pkce_required: application.pkceRequired,
    public: application.public,
    scopes: application.scopes.join(' '),
    redirect_uris: application.redirectUris,
    authorize_url: `${url}/oauth/authorize`,
    token_fetch_url: `${url}/oauth/token`,
    user_info_url: `${url}/oauth/userinfo`,
    discovery_url: `${url}/.well-known/openid-configuration`,
    token_introspection_url: `${url}/oauth/token_info`,
    created_at: application.createdAt,
    updated_at: application.updatedAt,
    ...(application.clientSecret === undefined ? {} : { client_secret: application.clientSecret }),
  };
}
