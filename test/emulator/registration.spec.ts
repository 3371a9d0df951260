import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../../src/emulator/index.js';

describe('Dynamic client registration', () => {
  let emulator: ClerkEmulator;

  beforeAll(async () => {
    emulator = await startClerkEmulator();
  });
  afterEach(() => emulator.configure({ dynamicClientRegistration: true }));
  afterAll(() => emulator.close());

  it('registers a public client', async () => {
    const { status, body } = await register({
      client_name: 'Inspector',
      redirect_uris: ['http://localhost:6274/oauth/callback', 'cursor://callback'],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
      contacts: ['nobody@example.com'],
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      client_id: expect.any(String),
      client_id_issued_at: expect.any(Number),
      client_secret_expires_at: 0,
      client_name: 'Inspector',
      redirect_uris: ['http://localhost:6274/oauth/callback', 'cursor://callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    });
    expect(body).not.toHaveProperty('client_secret');
    expect(emulator.oauthApplications.get(String(body['client_id']))).toMatchObject({
      dynamicallyRegistered: true,
      pkceRequired: false,
    });
  });

  it('issues a secret unless the client names another method', async () => {
    const { body } = await register({ redirect_uris: ['https://app.example/callback'] });
    expect(body).toMatchObject({
      client_secret: expect.any(String),
      token_endpoint_auth_method: 'client_secret_basic',
    });
  });

  it.each([
    ['invalid_redirect_uri', {}],
    ['invalid_redirect_uri', { redirect_uris: [] }],
    ['invalid_redirect_uri', { redirect_uris: ['/relative'] }],
    ['invalid_redirect_uri', { redirect_uris: ['javascript:alert(1)'] }],
    ['invalid_redirect_uri', { redirect_uris: ['data:text/html,hello'] }],
    ['invalid_redirect_uri', { redirect_uris: ['http://app.example/callback'] }],
    ['invalid_redirect_uri', { redirect_uris: ['https://app.example/#fragment'] }],
    ['invalid_redirect_uri', { redirect_uris: ['https://user:pass@app.example/'] }],
    ['invalid_client_metadata', { grant_types: ['client_credentials'] }],
    ['invalid_client_metadata', { response_types: ['token'] }],
    ['invalid_client_metadata', { token_endpoint_auth_method: 'private_key_jwt' }],
    ['invalid_client_metadata', { client_name: 'x'.repeat(257) }],
  ])('responds with %s to %o', async (error, metadata) => {
    const valid = error === 'invalid_redirect_uri' ? {} : { redirect_uris: ['https://a.example/'] };
    const { status, body } = await register({ ...valid, ...metadata });
    expect([status, body['error']]).toEqual([400, error]);
  });

  it('responds with invalid_client_metadata to a body that is not JSON', async () => {
    for (const [type, content] of [
      ['application/json', '{'],
      ['text/plain', 'hello'],
    ] as const) {
      const response = await fetch(`${emulator.url}/oauth/register`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: content,
      });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: 'invalid_client_metadata' });
    }
  });

  it('is not advertised, and responds with 422, when it is switched off', async () => {
    expect(await metadata()).toHaveProperty('registration_endpoint');
    emulator.configure({ dynamicClientRegistration: false });
    expect(await metadata()).not.toHaveProperty('registration_endpoint');
    const { status } = await register({ redirect_uris: ['https://app.example/callback'] });
    expect(status).toBe(422);
  });

  it('allows a client in a browser to register', async () => {
    const preflight = await fetch(`${emulator.url}/oauth/register`, {
      method: 'OPTIONS',
      headers: { origin: 'http://localhost:6274', 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    expect(preflight.headers.get('access-control-allow-headers')).toContain('Content-Type');
  });

  async function register(metadata: Readonly<Record<string, unknown>>) {
    const response = await fetch(`${emulator.url}/oauth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(metadata),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  async function metadata(): Promise<unknown> {
    return (await fetch(`${emulator.url}/.well-known/oauth-authorization-server`)).json();
  }
});
