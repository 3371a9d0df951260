import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../../src/emulator/index.js';

describe('The metadata documents', () => {
  let emulator: ClerkEmulator;

  beforeAll(async () => {
    emulator = await startClerkEmulator();
  });
  afterAll(() => emulator.close());

  it('name the origin of the emulator as the issuer of every endpoint', async () => {
    const server = await read('oauth-authorization-server');
    expect(server['issuer']).toBe(emulator.url);
    for (const name of [
      'authorization_endpoint',
      'token_endpoint',
      'registration_endpoint',
      'revocation_endpoint',
      'jwks_uri',
    ]) {
      expect(server[name]).toMatch(new RegExp(`^${emulator.url}/`));
    }
    expect(server).toMatchObject({
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      scopes_supported: expect.arrayContaining(['openid', 'offline_access', 'user:org:read']),
    });
    // Client metadata documents are off by default, because they are fetched from the internet.
    expect(server).not.toHaveProperty('client_id_metadata_document_supported');
    const openid = await read('openid-configuration');
    for (const name of ['userinfo_endpoint', 'introspection_endpoint', 'jwks_uri']) {
      expect(openid[name]).toMatch(new RegExp(`^${emulator.url}/`));
    }
  });

  it('have the members that Clerk publishes, and no others', async () => {
    emulator.configure({ clientIdMetadataDocuments: true });
    const common = [
      'authorization_endpoint',
      'authorization_response_iss_parameter_supported',
      'claims_supported',
      'code_challenge_methods_supported',
      'grant_types_supported',
      'id_token_signing_alg_values_supported',
      'issuer',
      'jwks_uri',
      'response_types_supported',
      'revocation_endpoint',
      'scopes_supported',
      'subject_types_supported',
      'token_endpoint',
      'token_endpoint_auth_methods_supported',
    ];
    const server = await read('oauth-authorization-server');
    expect(Object.keys(server).toSorted()).toEqual(
      [
        ...common,
        'client_id_metadata_document_supported',
        'op_tos_uri',
        'registration_endpoint',
        'service_documentation',
        'ui_locales_supported',
      ].toSorted(),
    );
    expect(server).toMatchObject({
      grant_types_supported: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'none'],
      authorization_response_iss_parameter_supported: true,
    });
    expect(Object.keys(await read('openid-configuration')).toSorted()).toEqual(
      [
        ...common,
        'backchannel_logout_supported',
        'frontchannel_logout_supported',
        'introspection_endpoint',
        'response_modes_supported',
        'userinfo_endpoint',
      ].toSorted(),
    );
    emulator.configure({ clientIdMetadataDocuments: false, issuerInAuthorizationResponse: false });
    for (const document of ['oauth-authorization-server', 'openid-configuration']) {
      expect(await read(document)).not.toHaveProperty(
        'authorization_response_iss_parameter_supported',
      );
    }
    emulator.configure({ issuerInAuthorizationResponse: true });
  });

  it('name a custom scope only where it is advertised', async () => {
    emulator.scopes.define('notes:read', 'Read notes');
    const { scopes_supported: before } = await read('oauth-authorization-server');
    expect(before).toEqual([
      'openid',
      'profile',
      'email',
      'offline_access',
      'public_metadata',
      'private_metadata',
      'user:org:read',
    ]);
    emulator.configure({ advertisedScopes: ['notes:read'] });
    for (const document of ['oauth-authorization-server', 'openid-configuration']) {
      expect((await read(document))['scopes_supported']).toContain('notes:read');
    }
  });

  it('publish only the public key', async () => {
    const { keys } = await read('jwks.json');
    expect(keys).toEqual([
      {
        kty: 'RSA',
        use: 'sig',
        alg: 'RS256',
        kid: emulator.keys.currentKeyId,
        n: expect.any(String),
        e: 'AQAB',
      },
    ]);
  });

  it('have the origin that the publishable key encodes', () => {
    const encoded = emulator.publishableKey.replace('pk_test_', '');
    expect(Buffer.from(encoded, 'base64').toString()).toBe(`${new URL(emulator.url).host}$`);
  });

  async function read(name: string): Promise<Record<string, unknown>> {
    const response = await fetch(`${emulator.url}/.well-known/${name}`);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    return (await response.json()) as Record<string, unknown>;
  }
});
