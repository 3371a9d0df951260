import { request as httpRequest } from 'node:http';
import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../../src/emulator/index.js';

describe('The control surface', () => {
  const user = 'ada@example.com';
  let emulator: ClerkEmulator;

  beforeAll(async () => {
    emulator = await startClerkEmulator();
  });
  afterEach(() => emulator.reset());
  afterAll(() => emulator.close());

  it('lists the accounts, and reveals no secret', async () => {
    const state = (await (await fetch(`${emulator.url}/__emulator`)).json()) as object;
    expect(state).toMatchObject({
      url: emulator.url,
      publishableKey: emulator.publishableKey,
      accounts: emulator.accounts,
      faults: {},
    });
    expect(JSON.stringify(state)).not.toContain(emulator.secretKey);
  });

  it('issues every kind of token', async () => {
    for (const kind of ['oauth_access_token', 'session_token', 'id_token', 'jwt_template']) {
      const { body } = await control('tokens', { kind, user });
      expect(decodeJwt(String(body['token'])).sub).toBe(emulator.users.get(user).id);
    }
    const set = await control('tokens', { kind: 'oauth_tokens', user, scopes: ['openid'] });
    expect(set.body).toMatchObject({
      access_token: expect.any(String),
      refresh_token: expect.any(String),
      id_token: expect.any(String),
      expires_in: 86_400,
    });
    const raw = await control('tokens', { kind: 'jwt', claims: { a: 1 } });
    expect(decodeJwt(String(raw.body['token']))).toEqual({ a: 1 });
    const pending = await control('tokens', { kind: 'session_token', user, status: 'pending' });
    expect(decodeJwt(String(pending.body['token']))['sts']).toBe('pending');
  });

  it('revokes a credential, but no JWT access token', async () => {
    const user = emulator.users.list()[0]?.id ?? '';
    const opaque = await control('tokens', { kind: 'oauth_access_token', user, format: 'opaque' });
    expect(await control('tokens/revoke', { token: opaque.body['token'] })).toMatchObject({
      status: 200,
    });
    const key = await control('api_keys', { name: 'x', subject: user });
    await control('tokens/revoke', { token: key.body['secret'] });
    expect(emulator.apiKeys.find(String(key.body['id']))?.revoked).toBe(true);
    const machine = await control('machines', { name: 'x' });
    const m2m = await control('m2m_tokens', { machine: machine.body['id'] });
    await control('tokens/revoke', { token: m2m.body['token'] });
    expect(emulator.machines.tokens.findByValue(String(m2m.body['token']))?.revoked).toBe(true);
    const session = await control('tokens', { kind: 'session_token', user });
    const sid = String(decodeJwt(String(session.body['token']))['sid']);
    await control('tokens/revoke', { token: session.body['token'] });
    expect(emulator.sessions.get(sid).status).toBe('revoked');
    const jwt = await control('tokens', { kind: 'oauth_access_token', user, format: 'jwt' });
    expect((await control('tokens/revoke', { token: jwt.body['token'] })).status).toBe(400);
    expect((await control('tokens/revoke', { token: 'oat_unknown' })).status).toBe(400);
  });

  it('switches faults on and off', async () => {
    const on = await control('faults', { group: 'jwks', kind: 'status', status: 503, times: 2 });
    expect(on.body).toEqual({ jwks: { kind: 'status', status: 503 } });
    expect((await fetch(`${emulator.url}/.well-known/jwks.json`)).status).toBe(503);
    expect((await control('faults/clear', { group: 'jwks' })).body).toEqual({});
    expect((await fetch(`${emulator.url}/.well-known/jwks.json`)).status).toBe(200);
    const wrong = await control('faults', { group: 'users', kind: 'inactive' });
    expect(wrong).toMatchObject({ status: 400, body: { error: 'INVALID_BODY' } });
  });

  it('changes switches, rotates keys, counts and resets', async () => {
    expect((await control('switches', { accessTokenFormat: 'opaque' })).body).toMatchObject({
      accessTokenFormat: 'opaque',
    });
    const { body } = await control('tokens', { kind: 'oauth_access_token', user });
    expect(body['token']).toMatch(/^oat_/);
    await control('switches', { accessTokenFormat: 'jwt' });

    const before = emulator.keys.currentKeyId;
    const rotated = await control('keys/rotate', { keepPrevious: false });
    expect(rotated.body['kid']).toBe(emulator.keys.currentKeyId);
    expect(rotated.body['kid']).not.toBe(before);

    await fetch(`${emulator.url}/.well-known/jwks.json`);
    const counters = await (await fetch(`${emulator.url}/__emulator/counters`)).json();
    expect(counters).toMatchObject({ 'GET /.well-known/jwks.json': 1 });
    emulator.users.create({ emailAddress: 'temporary@example.com' });
    expect((await control('reset', {})).status).toBe(200);
    expect(emulator.accounts).toHaveLength(3);
    expect(emulator.counters.of('GET /.well-known/jwks.json')).toBe(0);
  });

  it('creates users, organizations, applications and machines', async () => {
    const created = await control('users', { emailAddress: 'new@example.com', firstName: 'New' });
    expect(created.body['id']).toMatch(/^user_/);
    const organization = await control('organizations', { name: 'New Organization' });
    expect(organization.body['slug']).toBe('new-organization');
    const membership = await control('organization_memberships', {
      organization: 'new-organization',
      user: 'new@example.com',
      role: 'org:admin',
    });
    expect(membership.body['permissions']).toContain('org:notes:write');
    const session = await control('sessions', { user: 'new@example.com' });
    expect(session.body['id']).toMatch(/^sess_/);
    const application = await control('oauth_applications', {
      name: 'Remote',
      redirectUris: ['https://remote.example/callback'],
      public: false,
    });
    expect(application.body['clientSecret']).toBeTypeOf('string');
    const key = await control('api_keys', { name: 'CI', subject: created.body['id'] });
    expect(key.body['secret']).toMatch(/^ak_/);
    const machine = await control('machines', { name: 'worker' });
    const token = await control('m2m_tokens', { machine: machine.body['id'] });
    expect(token.body['token']).toMatch(/^mt_/);
  });

  it('explains what is wrong with a body', async () => {
    const unknown = await control('tokens', { kind: 'session_token', user: 'nobody' });
    expect(unknown).toMatchObject({ status: 400, body: { error: 'EMULATOR_UNKNOWN_RESOURCE' } });
    const misspelt = await control('users', { email: 'x@example.com' });
    expect(misspelt).toMatchObject({ status: 400, body: { error: 'INVALID_BODY' } });
    const duplicate = await control('users', { emailAddress: user });
    expect(duplicate.body['error']).toBe('EMULATOR_DUPLICATE_RESOURCE');
  });

  it.each([
    ['an Origin', { origin: 'http://localhost:3000' }],
    ['its own origin', { origin: 'self' }],
    ['a cross-site request', { 'sec-fetch-site': 'cross-site' }],
    ['a same-site request', { 'sec-fetch-site': 'same-site' }],
  ])('refuses a page that sends %s', async (_case, headers) => {
    const sent = { ...headers };
    if ('origin' in sent && sent.origin === 'self') sent.origin = emulator.url;
    expect(await statusOf('/__emulator/reset', 'POST', sent)).toBe(403);
    expect(await statusOf('/__emulator', 'GET', sent)).toBe(403);
  });

  it.each([
    'evil.example',
    'evil.example:1',
    '127.0.0.1',
    '127.0.0.1.evil.example:80',
    'localhost:1',
  ])('refuses the Host %s on every path', async (host) => {
    for (const path of ['/__emulator', '/.well-known/jwks.json', '/sign-in', '/v1/users', '/no']) {
      expect(await statusOf(path, 'GET', { host })).toBe(421);
    }
  });

  it('accepts the Host localhost', async () => {
    const host = `localhost:${new URL(emulator.url).port}`;
    expect(await statusOf('/__emulator', 'GET', { host })).toBe(200);
  });

  async function control(path: string, body: Readonly<Record<string, unknown>>) {
    const response = await fetch(`${emulator.url}/__emulator/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  /** By node:http, because fetch sets some of these headers itself. */
  function statusOf(
    path: string,
    method: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const request = httpRequest(emulator.url + path, { method, headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on('error', reject).end();
    });
  }
});
