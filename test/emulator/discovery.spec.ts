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
      'userinfo_endpoint',
      'revocation_endpoint',
      'introspection_endpoint',
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
    expect(openid).toMatchObject({ ...server, subject_types_supported: ['public'] });
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
