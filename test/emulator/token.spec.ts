import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../../src/emulator/index.js';
import { OAuthTestClient, REDIRECT_URI } from './oauth-test-client.js';

describe('The token endpoint', () => {
  const resource = 'http://127.0.0.1:3000/mcp';
  let time = Date.now();
  let emulator: ClerkEmulator;

  beforeAll(async () => {
    emulator = await startClerkEmulator({ now: () => time });
  });
  afterEach(() => {
    time = Date.now();
    emulator.faults.clear();
    emulator.configure({
      accessTokenFormat: 'jwt',
      alwaysRefreshToken: false,
      rotateRefreshTokens: true,
    });
  });
  afterAll(() => emulator.close());

  it('issues a refresh token for offline_access, and an id_token for openid', async () => {
    const client = new OAuthTestClient(emulator);
    const plain = await client.exchange(await client.code());
    expect(plain.status).toBe(200);
    expect(Object.keys(plain.body).toSorted()).toEqual([
      'access_token',
      'expires_in',
      'scope',
      'token_type',
    ]);
    const scope = 'openid profile email offline_access';
    const full = await client.exchange(await client.code({ scope, nonce: 'n-42' }));
    expect(full.body).toMatchObject({ refresh_token: expect.any(String), scope });
    expect(decodeJwt(String(full.body['id_token']))).toMatchObject({
      aud: client.application.clientId,
      nonce: 'n-42',
      email: 'ada@example.com',
      name: 'Ada Lovelace',
    });
    emulator.configure({ alwaysRefreshToken: true });
    const always = await client.exchange(await client.code({ scope: 'profile' }));
    expect(always.body['refresh_token']).toBeTypeOf('string');
  });

  it.each([
    ['a wrong code_verifier', { code_verifier: 'x'.repeat(43) }],
    ['a short code_verifier', { code_verifier: 'x' }],
    ['another redirect_uri', { redirect_uri: 'http://127.0.0.1:33418/other' }],
    ['an unknown code', { code: 'made-up' }],
  ])('responds with invalid_grant to %s', async (_case, changes) => {
    const client = new OAuthTestClient(emulator);
    const answer = await client.exchange(await client.code(), changes);
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  it('refuses a code_verifier when the request had no code_challenge', async () => {
    const client = confidential();
    const withoutPkce = { code_challenge: null, code_challenge_method: null };
    const answer = await client.exchange(await client.code(withoutPkce));
    expect(answer.body['error']).toBe('invalid_grant');
  });

  it('refuses a code of another client, and an expired code', async () => {
    const client = new OAuthTestClient(emulator);
    const code = await client.code();
    const other = new OAuthTestClient(emulator);
    expect((await other.exchange(code)).body['error']).toBe('invalid_grant');
    time += 601_000;
    expect((await client.exchange(code)).body['error']).toBe('invalid_grant');
  });

  it('revokes the tokens of a code when the code is used again', async () => {
    emulator.configure({ accessTokenFormat: 'opaque' });
    const client = new OAuthTestClient(emulator);
    const code = await client.code({ scope: 'profile offline_access' });
    const { body } = await client.exchange(code);
    expect((await client.userinfo(body['access_token'])).status).toBe(200);
    expect((await client.exchange(code)).body['error']).toBe('invalid_grant');
    expect((await client.userinfo(body['access_token'])).status).toBe(401);
    expect((await client.refresh(body['refresh_token'])).body['error']).toBe('invalid_grant');
  });

  it('rotates refresh tokens, and revokes the grant on a replay', async () => {
    emulator.configure({ accessTokenFormat: 'opaque' });
    const client = new OAuthTestClient(emulator);
    const first = await client.exchange(await client.code({ scope: 'profile offline_access' }));
    const second = await client.refresh(first.body['refresh_token']);
    expect(second.status).toBe(200);
    expect((await client.userinfo(second.body['access_token'])).status).toBe(200);

    const replay = await client.refresh(first.body['refresh_token']);
    expect(replay).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect((await client.refresh(second.body['refresh_token'])).body['error']).toBe(
      'invalid_grant',
    );
    expect((await client.userinfo(second.body['access_token'])).status).toBe(401);
  });

  it('keeps one refresh token when rotation is off', async () => {
    emulator.configure({ rotateRefreshTokens: false });
    const client = new OAuthTestClient(emulator);
    const first = await client.exchange(await client.code({ scope: 'profile offline_access' }));
    for (let round = 0; round < 2; round += 1) {
      const { status, body } = await client.refresh(first.body['refresh_token']);
      expect(status).toBe(200);
      expect(body).not.toHaveProperty('refresh_token');
    }
  });

  it('refuses a refresh token of another client, and scopes that were not granted', async () => {
    const client = new OAuthTestClient(emulator);
    const { body } = await client.exchange(
      await client.code({ scope: 'profile email offline_access' }),
    );
    const other = new OAuthTestClient(emulator);
    expect((await other.refresh(body['refresh_token'])).body['error']).toBe('invalid_grant');
    const more = await client.refresh(body['refresh_token'], { scope: 'profile user:org:read' });
    expect(more.body['error']).toBe('invalid_scope');
    const less = await client.refresh(body['refresh_token'], { scope: 'profile' });
    expect(less.body['scope']).toBe('profile');
  });

  it('sets aud only when a resource was granted, and keeps it over a refresh', async () => {
    const client = new OAuthTestClient(emulator);
    const scope = 'profile offline_access';
    const without = await client.exchange(await client.code({ scope }));
    expect(audience(without.body)).toBeUndefined();
    const foreign = await client.exchange(await client.code({ scope }), { resource });
    expect(foreign.body['error']).toBe('invalid_target');

    const granted = await client.exchange(await client.code({ scope, resource }));
    expect(audience(granted.body)).toBe(resource);
    const refreshed = await client.refresh(granted.body['refresh_token'], { resource });
    expect(audience(refreshed.body)).toBe(resource);
    const other = { resource: 'https://other.example/' };
    const refused = await client.refresh(refreshed.body['refresh_token'], other);
    expect(refused.body['error']).toBe('invalid_target');
  });

  it('omits aud with the fault no_audience', async () => {
    const client = new OAuthTestClient(emulator);
    emulator.faults.set('token', { kind: 'no_audience' });
    const { body } = await client.exchange(await client.code({ resource }));
    expect(audience(body)).toBeUndefined();
  });

  it('puts the chosen organization into the tokens, if one is chosen', async () => {
    const client = new OAuthTestClient(emulator);
    const scope = 'openid user:org:read';
    const { id } = emulator.organizations.get('analytical-engines');
    const acting = await client.exchange(await client.code({ scope }, { organization_id: id }));
    expect(decodeJwt(String(acting.body['access_token']))['org_id']).toBe(id);
    expect(decodeJwt(String(acting.body['id_token']))['org_id']).toBe(id);
    for (const organization_id of ['', 'org_foreign']) {
      const code = await client.code({ scope, prompt: 'consent' }, { organization_id });
      const alone = await client.exchange(code);
      expect(decodeJwt(String(alone.body['access_token']))).not.toHaveProperty('org_id');
    }
  });

  it('authenticates confidential clients by Basic and by body credentials', async () => {
    const client = confidential();
    expect((await client.exchange(await client.code())).status).toBe(200);
    const { clientId: client_id, clientSecret = '' } = client.application;
    const code = await client.code({ prompt: 'consent' });
    const attempt = async (secret: string) => {
      const response = await fetch(`${emulator.url}/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          code,
          redirect_uri: REDIRECT_URI,
          code_verifier: client.verifier,
          client_id,
          ...(secret === '' ? {} : { client_secret: secret }),
        }),
      });
      return [response.status, ((await response.json()) as { error?: string }).error];
    };
    expect(await attempt('')).toEqual([401, 'invalid_client']);
    expect(await attempt('wrong')).toEqual([401, 'invalid_client']);
    expect(await attempt(clientSecret)).toEqual([200, undefined]);
  });

  it('accepts forms only', async () => {
    const response = await fetch(`${emulator.url}/oauth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ grant_type: 'refresh_token' }),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'invalid_request' });
    const client = new OAuthTestClient(emulator);
    expect((await client.token({})).body['error']).toBe('invalid_request');
    expect((await client.token({ grant_type: 'password' })).body['error']).toBe(
      'unsupported_grant_type',
    );
  });

  it('returns the userinfo that the scopes allow', async () => {
    const client = new OAuthTestClient(emulator);
    const know = async (scope: string, organization_id = '') => {
      const code = await client.code({ scope, prompt: 'consent' }, { organization_id });
      const { body } = await client.exchange(code);
      return (await client.userinfo(body['access_token'])).body;
    };
    const always = ['object', 'instance_id', 'user_id', 'sub'];
    expect(Object.keys(await know('openid'))).toEqual(always);
    expect(Object.keys(await know('email'))).toEqual([...always, 'email', 'email_verified']);
    expect(await know('profile')).toMatchObject({ given_name: 'Ada', family_name: 'Lovelace' });
    const { id } = emulator.organizations.get('analytical-engines');
    expect(await know('user:org:read', id)).toMatchObject({
      org_id: id,
      org_slug: 'analytical-engines',
    });
    const response = await fetch(`${emulator.url}/oauth/userinfo`);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ errors: [{ code: expect.any(String) }] });
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
  });

  it('introspects for confidential clients only', async () => {
    const client = confidential();
    const { body } = await client.exchange(await client.code({ scope: 'profile' }));
    const token = String(body['access_token']);
    const answer = await client.post('/oauth/token_info', { token });
    expect(answer.body).toEqual({
      active: true,
      client_id: client.application.clientId,
      iat: expect.any(Number),
      scope: 'profile',
      sub: emulator.users.get('ada@example.com').id,
    });
    const unknown = await client.post('/oauth/token_info', { token: 'oat_unknown' });
    expect(unknown.body).toEqual({ active: false });
    const open = await new OAuthTestClient(emulator).post('/oauth/token_info', { token });
    expect(open.status).toBe(401);
  });

  it('revokes opaque and refresh tokens of their own client, and no JWT', async () => {
    const client = new OAuthTestClient(emulator);
    const jwt = await client.exchange(await client.code());
    const refused = await client.post('/oauth/token/revoke', {
      token: String(jwt.body['access_token']),
    });
    expect(refused).toMatchObject({ status: 400, body: { error: 'unsupported_token_type' } });

    emulator.configure({ accessTokenFormat: 'opaque' });
    const { body } = await client.exchange(await client.code({ scope: 'profile offline_access' }));
    const token = String(body['access_token']);
    const stranger = await new OAuthTestClient(emulator).post('/oauth/token/revoke', { token });
    expect(stranger).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect((await client.post('/oauth/token/revoke', { token })).status).toBe(200);
    expect((await client.userinfo(token)).status).toBe(401);

    // Every token of the grant goes with the one.
    expect((await client.refresh(body['refresh_token'])).body['error']).toBe('invalid_grant');

    const again = await client.exchange(await client.code({ scope: 'profile offline_access' }));
    const refreshToken = String(again.body['refresh_token']);
    await client.post('/oauth/token/revoke', { token: refreshToken });
    expect((await client.refresh(refreshToken)).body['error']).toBe('invalid_grant');
    expect((await client.userinfo(again.body['access_token'])).status).toBe(401);
    expect((await client.post('/oauth/token/revoke', { token: 'unknown' })).status).toBe(200);
  });

  function confidential(): OAuthTestClient {
    return new OAuthTestClient(
      emulator,
      emulator.oauthApplications.create({
        name: 'Confidential',
        redirectUris: [REDIRECT_URI],
        scopes: ['profile', 'email'],
        public: false,
      }),
    );
  }

  function audience(body: Record<string, unknown>): unknown {
    return decodeJwt(String(body['access_token'])).aud;
  }
});
