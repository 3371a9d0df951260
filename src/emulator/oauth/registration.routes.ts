import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { EmulatorCore } from '../emulator-core.js';
import { OAuthError, quoted } from '../emulator.errors.js';
import { acceptJson } from '../http/body-parsers.js';
import { parseScope } from '../instance/scopes.js';
import { redirectUriProblem } from './redirect-uri.js';

/** Dynamic Client Registration (RFC 7591). */
export function registrationRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    acceptJson(app);
    app.setErrorHandler(async (error: unknown) => {
      // RFC 7591 has no invalid_request: this is the code of a body that is no metadata.
      if (!isMalformedBody(error)) throw error;
      throw new OAuthError('invalid_client_metadata', 'The body must be a JSON object.');
    });
    app.post('/oauth/register', async (request, reply) => {
      if (!core.settings.switches.dynamicClientRegistration) {
        throw new OAuthError(
          'invalid_request',
          'Dynamic client registration is switched off for this instance.',
          undefined,
          422,
        );
      }
      const metadata = readMetadata(request.body);
      const method = metadata.token_endpoint_auth_method ?? 'client_secret_basic';
      const application = core.oauthApplications.register({
        ...registeredName(metadata.client_name),
        redirectUris: metadata.redirect_uris,
        clientUri: metadata.client_uri ?? null,
        logoUri: metadata.logo_uri ?? null,
        public: method === 'none',
        ...registeredScopes(core, metadata.scope),
      });
      const { clientSecret } = application;
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({
          client_id: application.clientId,
          client_id_issued_at: Math.floor(application.createdAt / 1000),
          ...(clientSecret === undefined ? {} : { client_secret: clientSecret }),
          client_secret_expires_at: 0,
          client_name: application.name,
          redirect_uris: application.redirectUris,
          grant_types: ['authorization_code', 'refresh_token'],
          response_types: ['code'],
          scope: application.scopes.join(' '),
          token_endpoint_auth_method: method,
          ...(application.clientUri === null ? {} : { client_uri: application.clientUri }),
          ...(application.logoUri === null ? {} : { logo_uri: application.logoUri }),
        });
    });
  };
}

const link = z
  .url({ protocol: /^https?$/ })
  .max(1_024)
  .nullish();

const ClientMetadata = z.object({
  redirect_uris: z.array(z.string().max(2_000)).min(1).max(20),
  client_name: z.string().max(256).nullish(),
  client_uri: link,
  logo_uri: link,
  scope: z.string().max(1_024).nullish(),
  grant_types: z.array(z.string()).optional(),
  response_types: z.array(z.string()).optional(),
  token_endpoint_auth_method: z
    .enum(['client_secret_basic', 'client_secret_post', 'none'])
    .optional(),
});

function readMetadata(body: unknown): z.infer<typeof ClientMetadata> {
  const parsed = ClientMetadata.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = issue?.path.join('.') || 'client metadata';
    const code = field.startsWith('redirect_uris') ? 'invalid_redirect_uri' : undefined;
    throw new OAuthError(
      code ?? 'invalid_client_metadata',
      `${field}: ${issue?.message ?? 'invalid'}`,
    );
  }
  const { redirect_uris, grant_types, response_types } = parsed.data;
  for (const uri of redirect_uris) {
    const problem = redirectUriProblem(uri);
    if (problem !== undefined) {
      throw new OAuthError('invalid_redirect_uri', `A redirect URI ${problem}.`);
    }
  }
  if (grant_types && !grant_types.includes('authorization_code')) {
    throw new OAuthError('invalid_client_metadata', 'grant_types must contain authorization_code.');
  }
  if (response_types && !response_types.includes('code')) {
    throw new OAuthError('invalid_client_metadata', 'response_types must contain code.');
  }
  return parsed.data;
}

function isMalformedBody(error: unknown): boolean {
  if (error instanceof OAuthError || !(error instanceof Error) || !('statusCode' in error))
    return false;
  return error.statusCode === 400 || error.statusCode === 415;
}

/** Without a name, the client id is the display name. */
function registeredName(name: string | null | undefined): { readonly name?: string } {
  const given = name?.trim() ?? '';
  return given === '' ? {} : { name: given };
}

/**
 * A client holds exactly the scopes that it registers; without any, the default ones of the instance.
 *
 * @throws OAuthError `invalid_client_metadata` for a scope that the instance does not have
 */
function registeredScopes(
  core: EmulatorCore,
  scope: string | null | undefined,
): { readonly scopes?: readonly string[] } {
  const scopes = parseScope(scope);
  const unknown = scopes.find((name) => !core.scopes.has(name));
  if (unknown !== undefined) {
    throw new OAuthError(
      'invalid_client_metadata',
      `scope: the instance has no scope ${quoted(unknown)}.`,
    );
  }
  return scopes.length === 0 ? {} : { scopes };
}
