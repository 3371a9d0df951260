import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type ClerkEmulator,
  EmulatorSwitchError,
  type EmulatorSwitches,
  startClerkEmulator,
} from '../../src/emulator/index.js';
import { DEFAULT_SWITCHES } from '../../src/emulator/emulator-switches.js';
import { OAuthTestClient, REDIRECT_URI } from './oauth-test-client.js';

const RESOURCE = 'http://127.0.0.1:3000/mcp';
const OTHER = 'http://127.0.0.1:3001/mcp';
const SCOPE = 'openid profile offline_access';

describe('The switches', () => {
  let time = Date.now();
  let emulator: ClerkEmulator;

  beforeAll(async () => {
    emulator = await startClerkEmulator({
      now: () => time,
      customScopes: { 'notes:read': 'Read notes' },
    });
  });
  afterEach(() => emulator.configure(DEFAULT_SWITCHES));
  afterAll(() => emulator.close());

  it.each([
    ['scope', { scope: SCOPE }, 'scp'],
    ['scp', { scp: SCOPE.split(' ') }, 'scope'],
  ] as const)('scopeClaim: %s', async (scopeClaim, claims, absent) => {
    emulator.configure({ scopeClaim });
    const access = decodeJwt(String((await tokens())['access_token']));
    expect(access).toMatchObject(claims);
    expect(access).not.toHaveProperty(absent);
  });

  it.each([
    ['string', RESOURCE],
    ['array', [RESOURCE]],
    ['none', undefined],
  ] as const)('audienceClaim: %s', async (audienceClaim, expected) => {
    emulator.configure({ audienceClaim });
    expect(audience(await tokens({ resource: RESOURCE }))).toEqual(expected);
  });

  it.each([
    [true, RESOURCE],
    [false, undefined],
  ])('audienceAfterRefresh: %s', async (audienceAfterRefresh, expected) => {
    emulator.configure({ audienceAfterRefresh });
    const client = new OAuthTestClient(emulator);
    const { body } = await client.exchange(await client.code({ scope: SCOPE, resource: RESOURCE }));
    expect(audience(body)).toBe(RESOURCE);
    expect(audience((await client.refresh(body['refresh_token'])).body)).toBe(expected);
  });

  it('unregisteredResource: granted, ignored or refused', async () => {
    emulator.configure({ resources: [RESOURCE] });
    expect(audience(await tokens({ resource: OTHER }))).toBe(OTHER);
    emulator.configure({ unregisteredResource: 'ignored' });
    expect(audience(await tokens({ resource: OTHER }))).toBeUndefined();
    expect(audience(await tokens({ resource: RESOURCE }))).toBe(RESOURCE);
    emulator.configure({ unregisteredResource: 'refused' });
    await expect(tokens({ resource: OTHER })).rejects.toThrow('error=invalid_target');
    expect(audience(await tokens({ resource: RESOURCE }))).toBe(RESOURCE);
  });

  it.each([false, true])('tokenCategories: %s', async (tokenCategories) => {
    emulator.configure({ tokenCategories });
    const body = await tokens();
    for (const token of [body['access_token'], body['id_token']]) {
      expect('cat' in decodeProtectedHeader(String(token))).toBe(tokenCategories);
    }
  });

  it.each([
    [true, 200],
    [false, 401],
  ])('userinfoAcceptsAudience: %s', async (userinfoAcceptsAudience, status) => {
    emulator.configure({ userinfoAcceptsAudience });
    const client = new OAuthTestClient(emulator);
    const answer = await client.userinfo((await tokens({ resource: RESOURCE }))['access_token']);
    expect(answer.status).toBe(status);
    expect('errors' in answer.body).toBe(status === 401);
    expect((await client.userinfo((await tokens())['access_token'])).status).toBe(200);
  });

  it.each([400, 401] as const)('invalidGrantStatus: %i', async (invalidGrantStatus) => {
    emulator.configure({ invalidGrantStatus });
    const answer = await new OAuthTestClient(emulator).refresh('made-up');
    expect(answer).toMatchObject({ status: invalidGrantStatus, body: { error: 'invalid_grant' } });
  });

  it('refreshTokenGraceMs: a replaced refresh token works that long', async () => {
    const client = new OAuthTestClient(emulator);
    const first = await client.exchange(await client.code({ scope: SCOPE }));
    emulator.configure({ refreshTokenGraceMs: 5_000 });
    const token = first.body['refresh_token'];
    expect((await client.refresh(token)).status).toBe(200);
    time += 4_999;
    expect((await client.refresh(token)).status).toBe(200);
    time += 1;
    expect((await client.refresh(token)).body['error']).toBe('invalid_grant');
  });

  it.each([
    ['any_port', 303],
    ['exact', 400],
  ] as const)('loopbackRedirects: %s', async (loopbackRedirects, status) => {
    emulator.configure({ loopbackRedirects });
    const client = new OAuthTestClient(emulator);
    const redirect_uri = 'http://127.0.0.1:40000/callback';
    const answer = await client.browser.get(client.authorizationUrl({ redirect_uri }));
    expect(answer.status).toBe(status);
  });

  it.each(['flagged', 'not_found', 'inactive'] as const)(
    'staleAccessTokens: %s',
    async (staleAccessTokens) => {
      emulator.configure({ staleAccessTokens });
      const access_token = await emulator.issue.oauthAccessToken({
        user: 'ada@example.com',
        format: 'opaque',
        expiresInSeconds: -1,
      });
      const answer = await fetch(`${emulator.url}/oauth_applications/access_tokens/verify`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${emulator.secretKey}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ access_token }),
      });
      const expected = {
        flagged: [200, { expired: true }],
        not_found: [404, { errors: [{ code: 'resource_not_found' }] }],
        inactive: [200, { active: false }],
      } as const;
      const [status, body] = expected[staleAccessTokens];
      expect(answer.status).toBe(status);
      expect(await answer.json()).toMatchObject(body);
    },
  );

  it('defaultScopes: those of a client that names none', async () => {
    expect(await registered()).toBe('email offline_access profile');
    emulator.configure({ defaultScopes: ['openid', 'notes:read'] });
    expect(await registered()).toBe('openid notes:read');
    expect(await registered('email')).toBe('email');
    const { clientId } = emulator.oauthApplications.create({ redirectUris: [REDIRECT_URI] });
    expect(emulator.oauthApplications.get(clientId).scopes).toEqual(['openid', 'notes:read']);
  });

  it('are refused where they name a scope that the instance does not have', async () => {
    for (const name of ['defaultScopes', 'clientMetadataScopes', 'advertisedScopes'] as const) {
      expect(() => emulator.configure({ [name]: ['notes:burn'] })).toThrow(EmulatorSwitchError);
      await expect(startClerkEmulator({ [name]: ['notes:burn'] })).rejects.toThrow(
        `${name} names the scope "notes:burn"`,
      );
    }
    const wrong = { invalidGrantStatus: 403 } as unknown as Partial<EmulatorSwitches>;
    await expect(startClerkEmulator(wrong)).rejects.toThrow('invalidGrantStatus');
  });

  it('can be set in a seed and over the control surface', async () => {
    const seeded = await startClerkEmulator({ seed: { switches: { scopeClaim: 'scp' } } });
    const answer = await fetch(`${seeded.url}/__emulator/switches`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ invalidGrantStatus: 401 }),
    });
    expect(await answer.json()).toEqual({
      ...DEFAULT_SWITCHES,
      scopeClaim: 'scp',
      invalidGrantStatus: 401,
    });
    await seeded.close();
  });

  describe('A client', () => {
    it('may request what it registered, and nothing else', async () => {
      const client = new OAuthTestClient(
        emulator,
        emulator.oauthApplications.create({ redirectUris: [REDIRECT_URI], scopes: ['email'] }),
      );
      for (const scope of ['profile', 'notes:read', 'no:such']) {
        const answer = await client.browser.get(client.authorizationUrl({ scope }));
        const { searchParams } = new URL(answer.headers.get('location') ?? '');
        expect(Object.fromEntries(searchParams)).toEqual({
          error: 'invalid_scope',
          error_description: `The OAuth 2.0 Client is not allowed to request scope '${scope}'.`,
          state: 'a-long-enough-state',
          iss: emulator.url,
        });
      }
      emulator.configure({ advertisedScopes: ['notes:read'] });
      const refused = await client.browser.get(client.authorizationUrl({ scope: 'notes:read' }));
      expect(refused.headers.get('location'), 'advertising assigns nothing').toContain(
        'error=invalid_scope',
      );
      const { clientId } = client.application;
      emulator.oauthApplications.update(clientId, { scopes: ['email', 'notes:read'] });
      expect(await client.code({ scope: 'email notes:read' })).toBeTruthy();
    });

    it('cannot register a scope that the instance does not have', async () => {
      await expect(registered('email no:such')).rejects.toThrow(
        "the instance has no scope 'no:such'",
      );
    });

    it('loses a scope that is deleted, also when it refreshes', async () => {
      emulator.scopes.define('notes:gone', 'Read old notes');
      const client = new OAuthTestClient(emulator);
      const scope = 'profile offline_access notes:gone';
      const { body } = await client.exchange(await client.code({ scope }));
      emulator.scopes.delete('notes:gone');
      expect((await client.refresh(body['refresh_token'])).body).toMatchObject({
        error: 'invalid_scope',
        error_description: expect.stringContaining("'notes:gone'"),
      });
      const again = await client.browser.get(client.authorizationUrl({ scope }));
      expect(again.headers.get('location')).toContain('error=invalid_scope');
      expect(() => emulator.scopes.delete('email')).toThrow('custom scope "email"');
    });

    it('has its id for a name where it gives none', async () => {
      for (const client_name of [null, undefined, ' ']) {
        const { body } = await register({ client_name, logo_uri: 'https://x.example/logo.png' });
        expect(body).toMatchObject({ logo_uri: 'https://x.example/logo.png' });
        expect(body['client_name']).toBe(body['client_id']);
      }
    });
  });

  async function tokens(changes: Readonly<Record<string, string>> = {}) {
    const client = new OAuthTestClient(emulator);
    return (await client.exchange(await client.code({ scope: SCOPE, ...changes }))).body;
  }

  async function register(metadata: Readonly<Record<string, unknown>>) {
    const response = await fetch(`${emulator.url}/oauth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: [REDIRECT_URI], ...metadata }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  async function registered(scope?: string): Promise<unknown> {
    const { status, body } = await register({ scope });
    if (status !== 201) throw new Error(JSON.stringify(body));
    return body['scope'];
  }

  function audience(body: Record<string, unknown>): unknown {
    return decodeJwt(String(body['access_token'])).aud;
  }
});
