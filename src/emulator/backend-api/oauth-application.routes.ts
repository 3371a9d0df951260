import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { EmulatorCore } from '../emulator-core.js';
import { ClerkApiError, OAuthError } from '../emulator.errors.js';
import type {
  OAuthApplication,
  OAuthApplications,
  OAuthApplicationWithSecret,
} from '../instance/oauth-applications.js';
import { parseScope } from '../instance/scopes.js';
import { redirectUriProblem } from '../oauth/redirect-uri.js';
import { revokeToken } from '../oauth/revocation.routes.js';
import { inOrder, orderBy } from './list-order.js';
import { NO_QUERY, orNotFound, pageJson, parseInput, reads } from './request-input.js';

/** `/v1/oauth_applications` */
export function oauthApplicationRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    app.get('/v1/oauth_applications', reads(ListQuery), (request) => listJson(core, request.query));
    app.post('/v1/oauth_applications', NO_QUERY, (request) => {
      const { name, public: isPublic, ...input } = parseInput(CreateBody, request.body);
      const created = core.oauthApplications.create({
        ...changesOf(core, input),
        name,
        redirectUris: redirectUrisOf(input) ?? [],
        public: isPublic ?? false,
        scopes: scopesOf(core, input.scopes ?? 'profile email'),
      });
      return applicationJson(core, created);
    });
    app.get<{ Params: { id: string } }>('/v1/oauth_applications/:id', NO_QUERY, (request) =>
      applicationJson(core, findApplication(core, request.params.id)),
    );
    app.patch<{ Params: { id: string } }>('/v1/oauth_applications/:id', NO_QUERY, (request) => {
      const application = findApplication(core, request.params.id);
      const { name, public: isPublic, ...input } = parseInput(UpdateBody, request.body);
      if (application.dynamicallyRegistered && input.consent_screen_enabled === false) {
        throw invalidValue(
          'consent_screen_enabled: cannot be disabled for a dynamically registered application',
        );
      }
      const updated = core.oauthApplications.update(application.clientId, {
        ...changesOf(core, input),
        ...(typeof name === 'string' ? { name } : {}),
        ...(typeof isPublic === 'boolean' ? { public: isPublic } : {}),
      });
      return applicationJson(core, updated);
    });
    app.delete<{ Params: { id: string } }>('/v1/oauth_applications/:id', NO_QUERY, (request) => {
      const { id, clientId } = findApplication(core, request.params.id);
      core.oauthApplications.delete(clientId);
      return { object: 'oauth_application', id, deleted: true };
    });
    app.post<{ Params: { id: string } }>(
      '/v1/oauth_applications/:id/rotate_secret',
      NO_QUERY,
      (request) =>
        applicationJson(
          core,
          core.oauthApplications.rotateSecret(findApplication(core, request.params.id).clientId),
        ),
    );
    app.post<{ Params: { id: string } }>(
      '/v1/oauth_applications/:id/revoke_token',
      NO_QUERY,
      async (request, reply) => {
        const { clientId } = findApplication(core, request.params.id);
        const { token } = parseInput(RevokeTokenBody, request.body);
        await revoke(core, token, clientId);
        return reply.code(204).send();
      },
    );
  };
}

const uri = z
  .string()
  .max(1_024)
  .refine((value) => redirectUriProblem(value) === undefined, 'is not allowed');
const name = z.string().min(1).max(256);
const flag = z.boolean().nullish();
const settings = {
  redirect_uris: z.array(uri).nullish(),
  /** The deprecated form of `redirect_uris`. */
  callback_url: uri.nullish(),
  scopes: z.string().max(1_024).nullish(),
  consent_screen_enabled: flag,
  pkce_required: flag,
  public: flag,
};

const CreateBody = z.strictObject({ name, ...settings });
const UpdateBody = z.strictObject({ name: name.nullish(), ...settings });
type ApplicationSettings = Omit<z.infer<typeof UpdateBody>, 'name' | 'public'>;

const RevokeTokenBody = z.strictObject({ token: z.string() });

const ListQuery = z.strictObject({
  name_query: z.string().optional(),
  order_by: orderBy(['created_at', 'name'], '-created_at'),
  limit: z.string().optional(),
  offset: z.string().optional(),
});

/** `name_query` is a part of a name, or a whole client id. */
function listJson(core: EmulatorCore, query: unknown): Record<string, unknown> {
  const { name_query, order_by, limit, offset } = parseInput(ListQuery, query, 'query');
  const text = name_query?.toLowerCase() ?? '';
  const found = core.oauthApplications
    .list()
    .filter((one) => one.name.toLowerCase().includes(text) || one.clientId === name_query)
    .toSorted((one, other) => one.createdAt - other.createdAt);
  return pageJson(inOrder(found, order_by, { name: (one) => one.name }), { limit, offset }, (one) =>
    applicationJson(core, one),
  );
}

function changesOf(core: EmulatorCore, input: ApplicationSettings): ApplicationChanges {
  const redirectUris = redirectUrisOf(input);
  const { scopes, pkce_required: pkceRequired, consent_screen_enabled: consent } = input;
  return {
    ...(redirectUris ? { redirectUris } : {}),
    ...(typeof scopes === 'string' ? { scopes: scopesOf(core, scopes) } : {}),
    ...(typeof pkceRequired === 'boolean' ? { pkceRequired } : {}),
    ...(typeof consent === 'boolean' ? { consentScreenEnabled: consent } : {}),
  };
}

type ApplicationChanges = Parameters<OAuthApplications['update']>[1];

function redirectUrisOf(input: ApplicationSettings): readonly string[] | undefined {
  if (!input.redirect_uris && !input.callback_url) return undefined;
  return [
    ...new Set([
      ...(input.redirect_uris ?? []),
      ...(input.callback_url ? [input.callback_url] : []),
    ]),
  ];
}

/** @throws ClerkApiError 422 for a scope that the instance does not have */
function scopesOf(core: EmulatorCore, scopes: string): readonly string[] {
  const names = parseScope(scopes);
  const unknown = names.filter((one) => !core.scopes.has(one));
  if (unknown.length === 0) return names;
  throw invalidValue(`scopes: the instance does not have ${unknown.join(' ')}`);
}

function invalidValue(message: string): ClerkApiError {
  return new ClerkApiError(422, 'form_param_value_invalid', message);
}

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
    callback_url: application.redirectUris[0] ?? '',
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
