import type { FastifyPluginAsync } from 'fastify';
import type { EmulatorCore } from '../emulator-core.js';

/** The metadata documents (RFC 8414, OpenID Connect Discovery) and the public keys. */
export function discoveryRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    app.get('/.well-known/oauth-authorization-server', () => authorizationServerMetadata(core));
    app.get('/.well-known/openid-configuration', () => ({
      ...authorizationServerMetadata(core),
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      claims_supported: CLAIMS,
      prompt_values_supported: ['none', 'login', 'consent'],
    }));
    app.get('/.well-known/jwks.json', async (_request, reply) =>
      reply.header('cache-control', 'public, max-age=60').send(core.keys.jwks()),
    );
  };
}

const CLAIMS = [
  'iss',
  'sub',
  'aud',
  'exp',
  'iat',
  'jti',
  'nonce',
  'email',
  'email_verified',
  'family_name',
  'given_name',
  'name',
  'preferred_username',
  'picture',
  'public_metadata',
  'private_metadata',
  'org_id',
];

function authorizationServerMetadata(core: EmulatorCore): Record<string, unknown> {
  const { url, settings } = core;
  const { dynamicClientRegistration, clientIdMetadataDocuments, issuerInAuthorizationResponse } =
    settings.switches;
  const authMethods = ['client_secret_basic', 'client_secret_post', 'none'];
  return {
    issuer: url,
    authorization_endpoint: `${url}/oauth/authorize`,
    token_endpoint: `${url}/oauth/token`,
    ...(dynamicClientRegistration ? { registration_endpoint: `${url}/oauth/register` } : {}),
    ...(clientIdMetadataDocuments ? { client_id_metadata_document_supported: true } : {}),
    userinfo_endpoint: `${url}/oauth/userinfo`,
    revocation_endpoint: `${url}/oauth/token/revoke`,
    introspection_endpoint: `${url}/oauth/token_info`,
    jwks_uri: `${url}/.well-known/jwks.json`,
    scopes_supported: core.scopes.names,
    response_types_supported: ['code'],
    response_modes_supported: ['query', 'form_post'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_methods_supported: authMethods,
    revocation_endpoint_auth_methods_supported: authMethods,
    introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    code_challenge_methods_supported: ['S256'],
    ...(issuerInAuthorizationResponse
      ? { authorization_response_iss_parameter_supported: true }
      : {}),
  };
}
