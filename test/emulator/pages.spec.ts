import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../../src/emulator/index.js';
import { OAuthTestClient, REDIRECT_URI } from './oauth-test-client.js';
import { PageDriver, readForm } from './page-driver.js';

describe('The sign-in and consent pages', () => {
  const account = 'ada@example.com';
  let emulator: ClerkEmulator;

  beforeAll(async () => {
    emulator = await startClerkEmulator({ customScopes: { 'notes:write': 'Write your notes' } });
  });
  afterAll(() => emulator.close());

  it('name the client, the requested access and the emulator', async () => {
    const client = new OAuthTestClient(emulator);
    const signIn = await readForm(await firstPage(client, { scope: 'profile notes:write' }));
    for (const text of ['By hand', 'Ada Lovelace', 'grace@example.com', 'Local Clerk emulator']) {
      expect(signIn.source).toContain(text);
    }
    const consent = await readForm(await consentPage(client, signIn.hidden));
    for (const text of [
      'By hand',
      'ada@example.com',
      'See your name',
      'Write your notes',
      'http://127.0.0.1:33418',
      'Local Clerk emulator',
    ]) {
      expect(consent.source).toContain(text);
    }
    expect(consent.source).not.toContain('organization_id');
  });

  it('offer the organizations of the user when they are requested', async () => {
    const client = new OAuthTestClient(emulator);
    const signIn = await readForm(await firstPage(client, { scope: 'user:org:read' }));
    const consent = await readForm(await consentPage(client, signIn.hidden));
    expect(consent.source).toContain('Analytical Engines');
    expect(consent.source).toContain(emulator.organizations.get('analytical-engines').id);
  });

  it('escape hostile names', async () => {
    const name = '"><script>alert(1)</script><img src=x onerror=alert(1)>';
    const hostile = new OAuthTestClient(
      emulator,
      emulator.oauthApplications.register({ name, redirectUris: [REDIRECT_URI], public: true }),
    );
    emulator.users.create({ emailAddress: 'mallory@example.com', firstName: '<b onclick="x()">' });
    const signIn = await readForm(await firstPage(hostile, {}));
    const consent = await readForm(await consentPage(hostile, signIn.hidden));
    for (const { source } of [signIn, consent]) {
      expect(source).toContain('&#60;script&#62;alert(1)');
      expect(source).not.toContain('<script');
      expect(source).not.toContain('<img src=x');
      expect(source).not.toContain('<b onclick');
    }
    const image = await fetch(
      `${emulator.url}/img/${emulator.users.get('mallory@example.com').id}.svg`,
    );
    expect(await image.text()).toContain('&#60;O</text>');
  });

  it('cannot be framed, load nothing from other origins and are never stored', async () => {
    const client = new OAuthTestClient(emulator);
    const page = await firstPage(client, {});
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("form-action 'self' http://127.0.0.1:33418;");
    expect(policy).not.toContain('unsafe-inline');
    expect(page.headers.get('x-frame-options')).toBe('DENY');
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('access-control-allow-origin')).toBeNull();
    const { source } = await readForm(page);
    expect(source).not.toMatch(/(src|href)="(https?:)?\/\//);
  });

  it('hash their style sheet as the browser does', async () => {
    const { createHash } = await import('node:crypto');
    const page = await firstPage(new OAuthTestClient(emulator), {});
    const { source } = await readForm(page);
    const style = /<style>([\s\S]*)<\/style>/.exec(source)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(page.headers.get('content-security-policy')).toContain(`'sha256-${hash}'`);
  });

  it('bind their forms to the browser that loaded them', async () => {
    const client = new OAuthTestClient(emulator);
    const { hidden } = await readForm(await firstPage(client, {}));
    const stranger = new PageDriver(emulator.url);
    expect((await stranger.post('/sign-in', { ...hidden, account })).status).toBe(403);
    await stranger.get(client.authorizationUrl());
    expect((await stranger.post('/sign-in', { ...hidden, account })).status).toBe(403);
    expect((await stranger.get(`/sign-in?interaction=${hidden['interaction']}`)).status).toBe(400);
  });

  it('refuse a form without its csrf_token', async () => {
    const client = new OAuthTestClient(emulator);
    const { hidden } = await readForm(await firstPage(client, {}));
    const { interaction = '' } = hidden;
    for (const csrf_token of ['', 'x'.repeat(32)]) {
      const fields = { interaction, csrf_token, account };
      expect((await client.browser.post('/sign-in', fields)).status).toBe(403);
    }
    const consent = await readForm(await consentPage(client, hidden));
    const fields = { interaction: consent.hidden['interaction'] ?? '', consented: 'true' };
    expect((await client.browser.post('/oauth/consent', fields)).status).toBe(403);
  });

  it('refuse consent before sign-in', async () => {
    const client = new OAuthTestClient(emulator);
    const { hidden } = await readForm(await firstPage(client, {}));
    const fields = { ...hidden, consented: 'true' };
    expect((await client.browser.post('/oauth/consent', fields)).status).toBe(403);
  });

  it.each(['login', 'select_account'])('require sign-in with prompt=%s', async (prompt) => {
    const client = new OAuthTestClient(emulator);
    await client.code();
    const { hidden } = await readForm(await firstPage(client, { prompt }));
    const page = await client.browser.get(`/oauth/consent?interaction=${hidden['interaction']}`);
    expect(page.status).toBe(400);
    const fields = { ...hidden, consented: 'true' };
    expect((await client.browser.post('/oauth/consent', fields)).status).toBe(403);
  });

  it('end an interaction with its response', async () => {
    const client = new OAuthTestClient(emulator);
    const { hidden } = await readForm(await firstPage(client, {}));
    const consent = await readForm(await consentPage(client, hidden));
    const fields = { ...consent.hidden, consented: 'true' };
    expect((await client.browser.post('/oauth/consent', fields)).status).toBe(303);
    expect((await client.browser.post('/oauth/consent', fields)).status).toBe(403);
  });

  it('ask to start again when the application is deleted', async () => {
    const client = new OAuthTestClient(emulator);
    const { hidden } = await readForm(await firstPage(client, {}));
    emulator.oauthApplications.delete(client.application.clientId);
    const page = await client.browser.get(`/sign-in?interaction=${hidden['interaction']}`);
    expect(page.status).toBe(400);
    expect(await page.text()).toContain('Please start again');
    expect((await client.browser.post('/sign-in', { ...hidden, account })).status).toBe(403);
  });

  it('renew the cookie at sign-in, and hide it from scripts', async () => {
    const client = new OAuthTestClient(emulator);
    const started = await client.browser.get(client.authorizationUrl());
    const before = started.headers.getSetCookie()[0] ?? '';
    expect(before).toMatch(/; HttpOnly; SameSite=Lax$/);
    const { hidden } = await readForm(await client.browser.follow(started));
    const signedIn = await client.browser.post('/sign-in', { ...hidden, account });
    const after = signedIn.headers.getSetCookie()[0] ?? '';
    expect(after.split('=')[0]).toBe(before.split('=')[0]);
    expect(after).not.toBe(before);
  });

  it('let the user change the account', async () => {
    const client = new OAuthTestClient(emulator);
    const first = await readForm(await firstPage(client, {}));
    const consent = await readForm(await consentPage(client, first.hidden));
    const link = /href="(\/sign-in\?[^"]+)"/.exec(consent.source)?.[1] ?? '';
    const again = await readForm(await client.browser.get(link));
    expect(again.source).toContain('Signed in');
    const other = await client.browser.follow(
      await client.browser.post('/sign-in', { ...again.hidden, account: 'grace@example.com' }),
    );
    expect((await readForm(other)).source).toContain('grace@example.com');
  });

  async function firstPage(
    client: OAuthTestClient,
    changes: Readonly<Record<string, string>>,
  ): Promise<Response> {
    return client.browser.follow(await client.browser.get(client.authorizationUrl(changes)));
  }

  async function consentPage(
    client: OAuthTestClient,
    hidden: Readonly<Record<string, string>>,
  ): Promise<Response> {
    return client.browser.follow(await client.browser.post('/sign-in', { ...hidden, account }));
  }
});
