import type { FastifyPluginAsync } from 'fastify';
import type { EmulatorCore } from '../emulator-core.js';

/** The metadata documents (RFC 8414, OpenID Connect Discovery) and the public keys. */
export function discoveryRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    app.get('/.well-known/oauth-authorization-server', () => authorizationServerMetadata(core));
    app.get('/.well-known/openid-configuration', () => openidConfiguration(core));
    app.get('/.well-known/jwks.json', async (_request, reply) =>
      reply.header('cache-control', 'public, max-age=60').send(core.keys.jwks()),
    );
  };
}

/** The members of the RFC 8414 document; userinfo and introspection are not among them. */
function authorizationServerMetadata(core: EmulatorCore): Record<string, unknown> {
  const { url, settings } = core;
  const { dynamicClientRegistration, clientIdMetadataDocuments } = settings.switches;
  return {
    ...commonMetadata(core),
    ...(dynamicClientRegistration ? { registration_endpoint: `${url}/oauth/register` } : {}),
    ...(clientIdMetadataDocuments ? { client_id_metadata_document_supported: true } : {}),
    service_documentation: 'https://clerk.com/docs',
    ui_locales_supported: ['en'],
    op_tos_uri: 'https://clerk.com/legal/standard-terms',
  };
}

/** The members of the OpenID Connect document; registration is not among them. */
function openidConfiguration(core: EmulatorCore): Record<string, unknown> {
  const { url } = core;
  return {
    ...commonMetadata(core),
    introspection_endpoint: `${url}/oauth/token_info`,
    userinfo_endpoint: `${url}/oauth/userinfo`,
    response_modes_supported: ['query', 'form_post'],
    backchannel_logout_supported: false,
    frontchannel_logout_supported: false,
  };
}

function commonMetadata(core: EmulatorCore): Record<string, unknown> {
  const { url, settings, scopes } = core;
  const { advertisedScopes, issuerInAuthorizationResponse } = settings.switches;
  return {
    issuer: url,
    authorization_endpoint: `${url}/oauth/authorize`,
    token_endpoint: `${url}/oauth/token`,
    revocation_endpoint: `${url}/oauth/token/revoke`,
    jwks_uri: `${url}/.well-known/jwks.json`,
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'none'],
    scopes_supported: scopes.names.filter(
      (name) => !scopes.custom.includes(name) || advertisedScopes.includes(name),
    ),
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'email', 'name', 'org_id'],
    code_challenge_methods_supported: ['S256'],
    ...(issuerInAuthorizationResponse
      ? { authorization_response_iss_parameter_supported: true }
      : {}),
  };
}
