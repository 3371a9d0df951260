import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/within.js';
import { OAuthTestClient } from './oauth-test-client.js';
import { StateTest } from './state-test.js';

const ADA = 'ada@example.com';
const test = new StateTest();

describe('The state of an emulator', () => {
  it.each(['jwt', 'opaque'] as const)(
    'keeps a client signed in, with %s tokens',
    async (format) => {
      const first = await test.start({ accessTokenFormat: format });
      const client = new OAuthTestClient(first);
      const scope = 'profile email offline_access';
      const tokens = (await client.exchange(await client.code({ scope }))).body;
      const next = await test.restart(first, { accessTokenFormat: format });
      expect(next.url).toBe(first.url);
      expect((await client.userinfo(tokens['access_token'])).status).toBe(200);
      const refreshed = await client.refresh(tokens['refresh_token']);
      expect(refreshed.status).toBe(200);
      // The rotation lasts as well: the first refresh token is of no use any more.
      await test.restart(next, { accessTokenFormat: format });
      expect((await client.refresh(refreshed.body['refresh_token'])).status).toBe(200);
      expect((await client.refresh(tokens['refresh_token'])).body['error']).toBe('invalid_grant');
      expect(test.notices).toEqual([]);
    },
  );

  it('keeps the browser signed in, and an authorization that was under way', async () => {
    const first = await test.start();
    const client = new OAuthTestClient(first);
    const code = await client.code();
    const next = await test.restart(first);
    expect((await client.exchange(code)).status).toBe(200);
    // Nobody signs in again: the pages ask for the consent at most.
    const page = await client.browser.follow(await client.browser.get(client.authorizationUrl()));
    expect(page.status === 200 ? await page.text() : '').not.toContain('action="/sign-in"');
    expect(next.keys.currentKeyId).toBe(first.keys.currentKeyId);
  });

  it('keeps everything that stores hold, its keys, its switches and its scopes', async () => {
    const first = await test.start();
    first.scopes.define('notes:read', 'Read notes');
    const { id } = first.users.create({ emailAddress: 'lin@example.com' });
    const machine = first.machines.create({ name: 'worker' });
    const { token } = first.machines.createToken({ machine: machine.id });
    const key = first.apiKeys.create({ name: 'ci', subject: id });
    first.configure({ accessTokenFormat: 'opaque' });
    await first.keys.rotate();
    const { keys, secretKey, webhooks } = first;
    const jwks = keys.jwks();
    const next = await test.restart(first);
    expect(next.users.get('lin@example.com').id).toBe(id);
    expect(next.apiKeys.findBySecret(key.secret)?.id).toBe(key.id);
    expect(next.machines.findBySecretKey(machine.secretKey)?.id).toBe(machine.id);
    expect(next.machines.tokens.findByValue(token)?.subject).toBe(machine.id);
    expect(next.keys.jwks()).toEqual(jwks);
    expect(next.secretKey).toBe(secretKey);
    expect(next.webhooks.signingSecret).toBe(webhooks.signingSecret);
    expect(next.scopes.describe('notes:read')).toBe('Read notes');
    expect(await next.issue.oauthAccessToken({ user: ADA })).toMatch(/^oat_/);
    // A reset restores the seed, and that lasts too.
    next.reset();
    const last = await test.restart(next);
    expect(last.users.find('lin@example.com')).toBeUndefined();
    expect(last.accounts).toHaveLength(3);
  });

  it('prefers an option that changed to a switch of the file', async () => {
    const first = await test.start({ rotateRefreshTokens: true });
    first.configure({ rotateRefreshTokens: false, alwaysRefreshToken: true });
    const next = await test.restart(first, { rotateRefreshTokens: false });
    next.configure({ rotateRefreshTokens: true });
    const last = await test.restart(next, { alwaysRefreshToken: true, rotateRefreshTokens: false });
    const { switches } = (await (await fetch(`${last.url}/__emulator`)).json()) as {
      switches: object;
    };
    expect(switches).toMatchObject({ rotateRefreshTokens: true, alwaysRefreshToken: true });
  });

  it('goes on with the time: what has expired meanwhile is dropped', async () => {
    let time = Date.now();
    const now = () => time;
    const first = await test.start({ now, lifetimes: { refreshToken: 60, authorizationCode: 10 } });
    const client = new OAuthTestClient(first);
    const scope = 'email offline_access';
    const tokens = (await client.exchange(await client.code({ scope }))).body;
    const code = await client.code({ scope });
    await first.close();
    time += 11_000;
    const next = await test.start({ now, lifetimes: { refreshToken: 60, authorizationCode: 10 } });
    expect((await client.exchange(code)).body['error']).toBe('invalid_grant');
    const refreshed = await client.refresh(tokens['refresh_token']);
    expect(refreshed.status).toBe(200);
    await next.close();
    time += 61_000;
    await test.start({ now, lifetimes: { refreshToken: 60, authorizationCode: 10 } });
    expect((await client.refresh(refreshed.body['refresh_token'])).body['error']).toBe(
      'invalid_grant',
    );
    await test.running.at(-1)?.close();
    const { content } = JSON.parse(await readFile(test.file, 'utf8'));
    expect(content.parts['grants.refreshTokens']).toEqual([]);
    expect(content.parts.codes).toEqual([]);
  });

  it('is written before a response, whole, for its owner only', async () => {
    const emulator = await test.start();
    const register = async (index: number): Promise<void> => {
      const response = await fetch(`${emulator.url}/oauth/register`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          client_name: `Client ${index}`,
          redirect_uris: ['http://127.0.0.1/callback'],
          token_endpoint_auth_method: 'none',
        }),
      });
      const { client_id: clientId } = (await response.json()) as { client_id: string };
      // Each reader finds a whole file that has this client.
      const { content } = JSON.parse(await readFile(test.file, 'utf8'));
      expect(JSON.stringify(content.parts['oauthApplications.registered'])).toContain(clientId);
    };
    await Promise.all(Array.from({ length: 20 }, (_, index) => register(index)));
    expect((await stat(test.file)).mode & 0o777).toBe(0o600);
    expect((await readdir(join(test.folder, 'kept'))).toSorted()).toEqual([
      'emulator.json',
      'emulator.json.lock',
    ]);
    await emulator.close();
    expect(await readdir(join(test.folder, 'kept'))).toEqual(['emulator.json']);
  });

  it('is written soon after a change in the program', async () => {
    const emulator = await test.start();
    emulator.users.create({ emailAddress: 'lin@example.com' });
    await eventually(async () =>
      expect(await readFile(test.file, 'utf8')).toContain('lin@example.com'),
    );
  });

  it('contains no secret that the emulator did not make', async () => {
    const secrets = {
      secretKey: 'sk_test_given_by_its_user',
      token: 'whsec_Z2l2ZW4gYnkgaXRzIHVzZXI=',
    };
    const emulator = await test.start({
      secretKey: secrets.secretKey,
      webhook: { url: 'http://127.0.0.1:9/', signingSecret: secrets.token },
    });
    await emulator.close();
    expect(await readFile(test.file, 'utf8')).not.toMatch(/given_by_its_user|Z2l2ZW4g/);
  });

  it.each([
    ['a live key', 'sk_live_abc', []],
    ['a configured key', 'sk_test_of_my_instance', ['sk_test_of_my_instance']],
  ])('is not written with %s', async (_what, key, configuredKeys) => {
    const emulator = await test.start({ configuredKeys });
    emulator.users.update(ADA, { privateMetadata: { key } });
    await emulator.close();
    expect(await readFile(test.file, 'utf8')).not.toContain(key);
    expect(test.notices).toEqual([expect.stringContaining('key of a real Clerk instance')]);
    expect(test.notices[0]).not.toContain(key);
  });

  it('is no longer written when it would be too large', async () => {
    const emulator = await test.start();
    const text = 'x'.repeat(9 * 1024 * 1024);
    for (const index of [1, 2, 3, 4]) {
      emulator.users.create({ emailAddress: `u${index}@example.com`, publicMetadata: { text } });
    }
    await emulator.close();
    expect(test.notices).toEqual([expect.stringMatching(/larger than 32 MB/)]);
    expect((await stat(test.file)).size).toBeLessThan(1024 * 1024);
  });
});

it('A token that was issued before a restart says where', async () => {
  const emulator = await test.start();
  const token = await emulator.issue.oauthAccessToken({ user: ADA, format: 'jwt' });
  const next = await test.restart(emulator);
  expect(decodeJwt(token).iss).toBe(next.url);
});
