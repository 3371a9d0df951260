import { describe, expect, it } from 'vitest';
import { OAuthTestClient, REDIRECT_URI } from '../emulator/oauth-test-client.js';
import { clerkUnderTest, expectRefusal } from './support.js';

const SCOPE = 'openid profile email offline_access';
const NO_KEY = { key: null };

describe('Well-known documents of the Frontend API', () => {
  const clerk = clerkUnderTest();

  it.each(['oauth-authorization-server', 'openid-configuration'])('publish %s', async (name) => {
    const { status, body } = await clerk.get(`/.well-known/${name}`, NO_KEY);
    expect([status, body.issuer]).toEqual([200, clerk.emulator.url]);
  });

  it('publish the keys', async () => {
    const { status, body } = await clerk.get('/.well-known/jwks.json', NO_KEY);
    expect([status, body.keys.length]).toEqual([200, 1]);
  });

  it('change with the switches', async () => {
    clerk.emulator.configure({
      dynamicClientRegistration: false,
      clientIdMetadataDocuments: true,
      issuerInAuthorizationResponse: false,
    });
    const { body } = await clerk.get('/.well-known/oauth-authorization-server', NO_KEY);
    expect(body).toMatchObject({ client_id_metadata_document_supported: true });
    expect(body).not.toHaveProperty('registration_endpoint');
  });
});

describe('POST /oauth/register', () => {
  const clerk = clerkUnderTest();
  const redirect_uris = [REDIRECT_URI];
  const register = (body: unknown) => clerk.post('/oauth/register', body, NO_KEY);

  it('registers a public client', async () => {
    const { status, body } = await register({
      redirect_uris,
      token_endpoint_auth_method: 'none',
      client_name: 'Notes',
      client_uri: 'https://notes.example/',
      scope: SCOPE,
    });
    expect([status, body.client_secret]).toEqual([201, undefined]);
    expect(body.scope.split(' ').toSorted()).toEqual(SCOPE.split(' ').toSorted());
  });

  it('registers a confidential client without a name', async () => {
    const { status, body } = await register({ redirect_uris, client_name: null });
    expect([status, body.client_secret]).toEqual([201, expect.any(String)]);
  });

  it.each([
    ['no redirect URI', {}, 'invalid_redirect_uri'],
    [
      'a redirect URI with a fragment',
      { redirect_uris: ['https://a.example/#b'] },
      'invalid_redirect_uri',
    ],
    [
      'another method',
      { redirect_uris, token_endpoint_auth_method: 'tls' },
      'invalid_client_metadata',
    ],
    [
      'a name that is too long',
      { redirect_uris, client_name: 'n'.repeat(257) },
      'invalid_client_metadata',
    ],
  ])('refuses %s', async (_, body, code) => {
    expectRefusal(await register(body), 400, code);
  });

  it('refuses a body that is not JSON', async () => {
    const headers = { 'content-type': 'application/json' };
    const response = await clerk.fetch('/oauth/register', { method: 'POST', headers, body: '{' });
    expect(response.status).toBe(400);
  });

  it('is refused while registration is off', async () => {
    clerk.emulator.configure({ dynamicClientRegistration: false });
    expect((await register({ redirect_uris })).status).toBe(422);
  });
});

describe('/oauth/authorize', () => {
  const clerk = clerkUnderTest();
  const client = (): OAuthTestClient => new OAuthTestClient(clerk.emulator);

  it('redirects to the pages, and with a code to the client', async () => {
    expect(await client().code({ scope: SCOPE })).toEqual(expect.any(String));
  });

  it('sends a form with response_mode=form_post', async () => {
    const one = client();
    await one.code({ scope: SCOPE });
    const again = one.authorizationUrl({ scope: SCOPE, response_mode: 'form_post' });
    expect((await one.browser.follow(await one.browser.get(again))).status).toBe(200);
  });

  it('takes a form', async () => {
    const form = Object.fromEntries(client().authorizationUrl({ scope: SCOPE }).searchParams);
    const { status, headers } = await clerk.call('POST', '/oauth/authorize', { form, key: null });
    expect(status).toBe(303);
    expect(headers.get('location')).toContain('/oauth/authorize?');
  });

  it.each<[string, Record<string, string>, string]>([
    ['a scope that the application does not have', { scope: 'nothing' }, 'invalid_scope'],
    ['another response type', { response_type: 'token' }, 'unsupported_response_type'],
    ['another challenge method', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['a prompt of others', { prompt: 'create' }, 'invalid_request'],
    ['prompt=none without a session', { prompt: 'none' }, 'login_required'],
  ])('redirects with an error for %s', async (_, changes, code) => {
    const response = await clerk.fetch(client().authorizationUrl(changes));
    const location = new URL(response.headers.get('location') ?? '');
    expect([response.status, location.searchParams.get('error')]).toEqual([303, code]);
  });

  it.each(['client_id', 'redirect_uri'])('shows a page for an unknown %s', async (name) => {
    const url = client().authorizationUrl({ [name]: 'https://elsewhere.example/' });
    const response = await clerk.fetch(url);
    expect([400, 401]).toContain(response.status);
    const form = Object.fromEntries(url.searchParams);
    const posted = await clerk.call('POST', '/oauth/authorize', { form, key: null });
    const followed = await clerk.fetch(posted.headers.get('location') ?? '');
    expect([400, 401]).toContain(followed.status);
  });
});

describe('POST /oauth/token', () => {
  const clerk = clerkUnderTest();
  const client = (): OAuthTestClient => new OAuthTestClient(clerk.emulator);

  it('exchanges a code and refreshes', async () => {
    const one = client();
    const tokens = await one.exchange(await one.code({ scope: SCOPE }));
    expect(tokens).toMatchObject({ status: 200, body: { id_token: expect.any(String) } });
    expect(await one.refresh(tokens.body['refresh_token'])).toMatchObject({ status: 200 });
  });

  it('issues opaque tokens', async () => {
    clerk.emulator.configure({ accessTokenFormat: 'opaque' });
    const one = client();
    const { body } = await one.exchange(await one.code({ scope: 'profile' }));
    clerk.emulator.configure({ accessTokenFormat: 'jwt' });
    expect(body['access_token']).toMatch(/^oat_/);
  });

  it('refuses unknown and used codes, and other verifiers', async () => {
    const one = client();
    expect(await one.exchange('unknown')).toMatchObject({ body: { error: 'invalid_grant' } });
    const code = await one.code({ scope: 'profile' });
    const verifier = { code_verifier: 'v'.repeat(43) };
    expect(await one.exchange(code, verifier)).toMatchObject({ body: { error: 'invalid_grant' } });
  });

  it('refuses with 401 when the instance does', async () => {
    await clerk.post('/__emulator/switches', { invalidGrantStatus: 401 });
    const answer = await client().exchange('unknown');
    await clerk.post('/__emulator/switches', { invalidGrantStatus: 400 });
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_grant' } });
  });

  it.each<[string, Record<string, string>, number, string]>([
    ['no grant type', {}, 400, 'invalid_request'],
    ['another grant type', { grant_type: 'password' }, 401, 'unsupported_grant_type'],
    ['no code', { grant_type: 'authorization_code' }, 400, 'invalid_request'],
    ['no refresh token', { grant_type: 'refresh_token' }, 400, 'invalid_request'],
    [
      'another refresh token',
      { grant_type: 'refresh_token', refresh_token: 'x' },
      400,
      'invalid_grant',
    ],
  ])('refuses %s', async (_, form, status, error) => {
    expect(await client().token(form)).toMatchObject({ status, body: { error } });
  });

  it('refuses an unknown client, and a wrong secret', async () => {
    const form = { grant_type: 'refresh_token', refresh_token: 'x', client_id: 'nobody' };
    expectRefusal(
      await clerk.call('POST', '/oauth/token', { form, key: null }),
      401,
      'invalid_client',
    );
    const { clientId } = client().application;
    const wrong = { ...form, client_id: clientId, client_secret: 'wrong' };
    expectRefusal(
      await clerk.call('POST', '/oauth/token', { form: wrong, key: null }),
      401,
      'invalid_client',
    );
  });

  it('refuses a body of JSON', async () => {
    const answer = await clerk.post('/oauth/token', { grant_type: 'refresh_token' }, NO_KEY);
    expectRefusal(answer, 400, 'invalid_request');
  });
});

describe('What an access token opens', () => {
  const clerk = clerkUnderTest();
  const confidential = (): OAuthTestClient =>
    new OAuthTestClient(
      clerk.emulator,
      clerk.emulator.oauthApplications.create({
        name: 'Web',
        redirectUris: [REDIRECT_URI],
        public: false,
      }),
    );
  const token = () => clerk.emulator.issue.oauthAccessToken({ user: 'ada@example.com' });

  it.each(['GET', 'POST'])('%s /oauth/userinfo tells of the user', async (method) => {
    const scopes = [
      'openid',
      'profile',
      'email',
      'public_metadata',
      'private_metadata',
      'user:org:read',
    ];
    const key = await clerk.emulator.issue.oauthAccessToken({ user: 'ada@example.com', scopes });
    const { status, body } = await clerk.call(method, '/oauth/userinfo', { key });
    expect([status, body.email]).toEqual([200, 'ada@example.com']);
  });

  it.each(['GET', 'POST'])('%s /oauth/userinfo refuses in the form of the API', async (method) => {
    for (const key of [null, 'oat_unknown']) {
      const { status, body } = await clerk.call(method, '/oauth/userinfo', { key });
      expect([status, body.errors?.length]).toEqual([401, 1]);
    }
  });

  it('POST /oauth/token_info tells of tokens', async () => {
    const client = confidential();
    const active = await client.post('/oauth/token_info', { token: await token() });
    expect(active).toMatchObject({ status: 200, body: { active: true } });
    const unknown = await client.post('/oauth/token_info', { token: 'oat_unknown' });
    expect(unknown).toMatchObject({ status: 200, body: { active: false } });
  });

  it('POST /oauth/token_info refuses a client that does not prove who it is', async () => {
    for (const form of [
      { token: 'x' },
      { token: 'x', client_id: 'nobody', client_secret: 'wrong' },
    ]) {
      const answer = await clerk.call('POST', '/oauth/token_info', { form, key: null });
      expect(answer.status).toBe(401);
    }
  });

  it('POST /oauth/token/revoke revokes opaque tokens and grants', async () => {
    clerk.emulator.configure({ accessTokenFormat: 'opaque' });
    const client = confidential();
    const { body } = await client.exchange(await client.code({ scope: 'profile offline_access' }));
    clerk.emulator.configure({ accessTokenFormat: 'jwt' });
    for (const name of ['access_token', 'refresh_token'] as const) {
      const revoked = await revoke(client, { token: String(body[name]), token_type_hint: name });
      expect(revoked.status).toBe(200);
    }
  });

  it('POST /oauth/token/revoke refuses', async () => {
    const client = confidential();
    expect((await revoke(client, { token: await token() })).status).toBe(400);
    expect((await revoke(client, {})).status).toBe(400);
    const stranger = { token: 'x', client_id: 'nobody' };
    const answer = await clerk.call('POST', '/oauth/token/revoke', { form: stranger, key: null });
    expectRefusal(answer, 401, 'invalid_client');
  });

  function revoke(client: OAuthTestClient, form: Record<string, string>) {
    const { clientId, clientSecret } = client.application;
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
    const headers = { authorization: `Basic ${basic}` };
    return clerk.call('POST', '/oauth/token/revoke', { form, headers, key: null });
  }
});
