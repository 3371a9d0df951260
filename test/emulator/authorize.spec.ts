import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../../src/emulator/index.js';
import { OAuthTestClient, REDIRECT_URI } from './oauth-test-client.js';
import { PageDriver, readForm } from './page-driver.js';

describe('The authorization endpoint', () => {
  let emulator: ClerkEmulator;
  let client: OAuthTestClient;

  beforeAll(async () => {
    emulator = await startClerkEmulator({ customScopes: { 'notes:write': 'Write your notes' } });
    client = new OAuthTestClient(emulator);
  });
  afterAll(() => emulator.close());

  it.each([
    ['an unknown client', { client_id: 'nobody' }],
    ['a foreign redirect URI', { redirect_uri: 'https://evil.example/callback' }],
    ['a redirect URI with another path', { redirect_uri: `${REDIRECT_URI}/more` }],
    [
      'a redirect URI on another loopback name',
      { redirect_uri: 'http://localhost:33418/callback' },
    ],
  ])('shows a page and does not redirect for %s', async (_case, changes) => {
    const response = await client.browser.get(client.authorizationUrl(changes));
    expect(response.status).toBe(400);
    expect(response.headers.get('location')).toBeNull();
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  });

  it('accepts a loopback redirect URI on any port', async () => {
    const redirect_uri = 'http://127.0.0.1:51000/callback';
    const callback = await client.browser.authorize(client.authorizationUrl({ redirect_uri }));
    expect(callback.origin).toBe('http://127.0.0.1:51000');
  });

  it.each([
    ['unsupported_response_type', { response_type: 'token' }],
    ['invalid_scope', { scope: 'profile made:up' }],
    ['invalid_request', { code_challenge_method: 'plain' }],
    ['invalid_request', { code_challenge: null, code_challenge_method: null }],
    ['invalid_request', { code_challenge: 'short' }],
    ['invalid_request', { prompt: 'none login' }],
    ['invalid_request', { prompt: 'consent none' }],
    ['invalid_request', { prompt: 'dance' }],
    ['invalid_request', { prompt: 'consent dance' }],
    ['invalid_request', { prompt: 'Login' }],
    ['invalid_request', { response_mode: 'fragment' }],
    ['invalid_target', { resource: 'not a uri' }],
    ['invalid_target', { resource: 'https://api.example/#part' }],
  ])('redirects with %s and the state for %o', async (error, changes) => {
    const response = await client.browser.get(client.authorizationUrl(changes));
    const location = new URL(response.headers.get('location') ?? '');
    expect(location.origin + location.pathname).toBe(REDIRECT_URI);
    expect(location.searchParams.get('error')).toBe(error);
    expect(location.searchParams.get('state')).toBe('a-long-enough-state');
    expect(location.searchParams.has('code')).toBe(false);
  });

  it('refuses repeated parameters', async () => {
    const url = client.authorizationUrl();
    url.searchParams.append('scope', 'email');
    url.searchParams.append('scope', 'profile');
    const response = await client.browser.get(url);
    expect(response.headers.get('location')).toContain('error=invalid_request');
    url.searchParams.append('redirect_uri', 'https://evil.example/');
    expect((await client.browser.get(url)).status).toBe(400);
  });

  it('refuses scopes that the application did not register', async () => {
    const modest = new OAuthTestClient(
      emulator,
      emulator.oauthApplications.create({
        name: 'Modest',
        redirectUris: [REDIRECT_URI],
        scopes: ['email'],
      }),
    );
    const response = await modest.browser.get(modest.authorizationUrl({ scope: 'email profile' }));
    expect(response.headers.get('location')).toContain('error=invalid_scope');
  });

  it('requires a state of eight characters without PKCE', async () => {
    const confidential = confidentialClient();
    const withoutPkce = { code_challenge: null, code_challenge_method: null };
    const refused = await confidential.browser.get(
      confidential.authorizationUrl({ ...withoutPkce, state: 'short' }),
    );
    expect(refused.headers.get('location')).toContain('error=invalid_request');
    const callback = await confidential.browser.authorize(
      confidential.authorizationUrl(withoutPkce),
    );
    expect(callback.searchParams.get('code')).toBeTruthy();
  });

  it('redirects with access_denied when the user denies', async () => {
    const callback = await client.browser.authorize(
      client.authorizationUrl({ prompt: 'consent' }),
      {
        consented: 'false',
      },
    );
    expect(Object.fromEntries(callback.searchParams)).toMatchObject({
      error: 'access_denied',
      state: 'a-long-enough-state',
    });
  });

  it('skips sign-in for a browser that is signed in, unless prompt asks for it', async () => {
    const fresh = new OAuthTestClient(emulator);
    expect(await pathAfter(fresh, {})).toBe('/sign-in');
    await fresh.code({}, { account: 'grace@example.com' });
    expect(await pathAfter(fresh, { prompt: 'consent' })).toBe('/oauth/consent');
    expect(await pathAfter(fresh, { prompt: 'login' })).toBe('/sign-in');
    expect(await pathAfter(fresh, { prompt: 'select_account' })).toBe('/sign-in');
    expect(await pathAfter(fresh, {})).toBe('/callback');
  });

  it('shows the page of each value of prompt, in the order of a sign-in', async () => {
    const fresh = new OAuthTestClient(emulator);
    await fresh.code();
    const both = { prompt: 'consent select_account' };
    expect(await pathAfter(fresh, both)).toBe('/sign-in');
    const url = fresh.authorizationUrl(both);
    const callback = await fresh.browser.authorize(url, { account: 'grace@example.com' });
    expect(callback.searchParams.get('code')).toBeTruthy();
    expect(await pathAfter(fresh, { prompt: 'consent' })).toBe('/oauth/consent');
    expect(await pathAfter(fresh, {})).toBe('/callback');
  });

  it('asks for consent again when a request has more scopes', async () => {
    const fresh = new OAuthTestClient(emulator);
    await fresh.code({ scope: 'profile' });
    expect(await pathAfter(fresh, { scope: 'profile' })).toBe('/callback');
    expect(await pathAfter(fresh, { scope: 'profile notes:write' })).toBe('/oauth/consent');
  });

  it('always asks for consent for a registered client', async () => {
    const application = emulator.oauthApplications.register({
      name: 'Registered',
      redirectUris: [REDIRECT_URI],
      public: true,
      consentScreenEnabled: false,
    });
    const registered = new OAuthTestClient(emulator, application);
    await registered.code();
    expect(await pathAfter(registered, {})).toBe('/oauth/consent');
  });

  it('never shows a page for prompt=none', async () => {
    const fresh = new OAuthTestClient(emulator);
    const silent = fresh.authorizationUrl({ prompt: 'none' });
    const before = await fresh.browser.get(silent);
    expect(before.headers.get('location')).toContain('error=login_required');
    await fresh.code({ scope: 'profile' });
    const more = await fresh.browser.get(fresh.authorizationUrl({ prompt: 'none' }));
    expect(more.headers.get('location')).toContain('error=consent_required');
    const same = fresh.authorizationUrl({ prompt: 'none', scope: 'profile' });
    expect((await fresh.browser.get(same)).headers.get('location')).toContain('code=');
  });

  it('sends the response as a form with response_mode=form_post', async () => {
    const fresh = new OAuthTestClient(emulator);
    await fresh.code();
    const page = await fresh.browser.get(fresh.authorizationUrl({ response_mode: 'form_post' }));
    const form = await readForm(page);
    expect(form.action).toBe(REDIRECT_URI);
    expect(form.hidden).toEqual({
      code: expect.any(String),
      iss: emulator.url,
      state: 'a-long-enough-state',
    });
  });

  it('also accepts the authorization request as a form', async () => {
    const fresh = new OAuthTestClient(emulator);
    const page = await fresh.browser.follow(
      await fresh.browser.post(
        '/oauth/authorize',
        Object.fromEntries(fresh.authorizationUrl().searchParams),
      ),
    );
    expect((await readForm(page)).action).toBe('/sign-in');
  });

  it('keeps two authorizations of one browser apart', async () => {
    const browser = new PageDriver(emulator.url);
    const one = new OAuthTestClient(emulator);
    const first = await readForm(await browser.follow(await browser.get(one.authorizationUrl())));
    const second = await readForm(
      await browser.follow(await browser.get(one.authorizationUrl({ state: 'the-second' }))),
    );
    const account = 'ada@example.com';
    const consent = await readForm(
      await browser.follow(await browser.post('/sign-in', { ...first.hidden, account })),
    );
    const done = await browser.post('/oauth/consent', { ...consent.hidden, consented: 'true' });
    expect(done.headers.get('location')).toContain('state=a-long-enough-state');
    const other = await browser.post('/sign-in', { ...second.hidden, account });
    expect(other.headers.get('location')).toContain('state=the-second');
  });

  it('does not sign in a banned user', async () => {
    emulator.users.create({ emailAddress: 'banned@example.com', banned: true });
    const fresh = new OAuthTestClient(emulator);
    const page = await fresh.browser.follow(await fresh.browser.get(fresh.authorizationUrl()));
    const form = await readForm(page);
    expect(form.source).not.toContain('banned@example.com');
    const answer = await fresh.browser.post('/sign-in', {
      ...form.hidden,
      account: 'banned@example.com',
    });
    expect(answer.status).toBe(400);
  });

  function confidentialClient(): OAuthTestClient {
    return new OAuthTestClient(
      emulator,
      emulator.oauthApplications.create({
        name: 'Confidential',
        redirectUris: [REDIRECT_URI],
        public: false,
      }),
    );
  }

  async function pathAfter(
    who: OAuthTestClient,
    changes: Readonly<Record<string, string>>,
  ): Promise<string> {
    const response = await who.browser.get(who.authorizationUrl(changes));
    return new URL(response.headers.get('location') ?? '', emulator.url).pathname;
  }
});
