import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AUTHORIZATION_SERVERS, type AuthorizationServer } from './authorization-servers.js';
import { getJson, postJson, REDIRECT_URI, RESOURCE, StandardClient } from './standard-client.js';

describe.each(AUTHORIZATION_SERVERS)('%s follows the OAuth standards: it', (_name, start) => {
  let server: AuthorizationServer;
  beforeAll(async () => {
    // oidc-provider warns about settings that a server in production would need.
    for (const level of ['warn', 'info'] as const) vi.spyOn(console, level).mockReturnValue();
    server = await start();
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await server.close();
  });

  describe('publishes its metadata', () => {
    it.each(['openid-configuration', 'oauth-authorization-server'])('at %s', async (document) => {
      const { status, headers, body } = await getJson(`${server.issuer}/.well-known/${document}`);
      expect(status).toBe(200);
      expect(headers.get('content-type')).toMatch(/^application\/json/);
      expect(body).toMatchObject({
        issuer: server.issuer,
        authorization_endpoint: expect.stringContaining(server.issuer),
        token_endpoint: expect.stringContaining(server.issuer),
        jwks_uri: expect.stringContaining(server.issuer),
        revocation_endpoint: expect.stringContaining(server.issuer),
        response_types_supported: expect.arrayContaining(['code']),
        grant_types_supported: expect.arrayContaining(['authorization_code', 'refresh_token']),
        code_challenge_methods_supported: ['S256'],
        scopes_supported: expect.arrayContaining(['openid', 'offline_access']),
        token_endpoint_auth_methods_supported: expect.arrayContaining([
          'none',
          'client_secret_basic',
        ]),
      });
    });

    it('with every endpoint in one document or the other', async () => {
      const { metadata } = await StandardClient.register(server.issuer);
      for (const name of ['registration', 'introspection', 'userinfo']) {
        expect(metadata[`${name}_endpoint`]).toContain(server.issuer);
      }
    });
  });

  describe('registers clients (RFC 7591)', () => {
    it.each(['none', 'client_secret_basic', 'client_secret_post'] as const)(
      'by %s',
      async (method) => {
        const { registration } = await StandardClient.register(server.issuer, method);
        expect(registration).toMatchObject({
          client_id: expect.any(String),
          redirect_uris: [REDIRECT_URI],
          token_endpoint_auth_method: method,
        });
        expect('client_secret' in registration).toBe(method !== 'none');
      },
    );

    it.each([
      ['no redirect URI', { redirect_uris: [] }],
      ['a relative redirect URI', { redirect_uris: ['/callback'] }],
      ['a redirect URI with a fragment', { redirect_uris: ['https://x.example/callback#here'] }],
      ['an unknown authentication method', { token_endpoint_auth_method: 'by_name' }],
    ])('but refuses %s', async (_what, changes) => {
      const { metadata } = await StandardClient.register(server.issuer);
      const answer = await postJson(String(metadata['registration_endpoint']), {
        redirect_uris: [REDIRECT_URI],
        ...changes,
      });
      expect(answer.status).toBe(400);
      expect(answer.body['error']).toMatch(/^invalid_(redirect_uri|client_metadata)$/);
    });
  });

  describe('authorizes with code and PKCE', () => {
    it('and issues tokens for the client, the user and the resource', async () => {
      const client = await StandardClient.register(server.issuer);
      const callback = await client.authorize();
      expect(`${callback.origin}${callback.pathname}`).toBe(REDIRECT_URI);
      expect(callback.searchParams.get('state')).toBe('a-long-enough-state');
      const { status, headers, body } = await client.exchange(
        callback.searchParams.get('code') ?? '',
      );
      expect(status).toBe(200);
      expect(headers.get('cache-control')).toContain('no-store');
      expect(body).toMatchObject({
        token_type: 'Bearer',
        expires_in: expect.any(Number),
        refresh_token: expect.any(String),
        scope: expect.stringContaining('profile'),
      });

      const keys = createRemoteJWKSet(new URL(String(client.metadata['jwks_uri'])));
      const access = await jwtVerify(String(body['access_token']), keys, {
        issuer: server.issuer,
        audience: RESOURCE,
        typ: 'at+jwt',
      });
      expect(access.payload).toMatchObject({
        client_id: client.id,
        sub: expect.any(String),
        jti: expect.any(String),
        exp: expect.any(Number),
        iat: expect.any(Number),
      });
      const identity = await jwtVerify(String(body['id_token']), keys, {
        issuer: server.issuer,
        audience: client.id,
      });
      expect(identity.payload).toMatchObject({ nonce: 'n-42', sub: access.payload.sub });
    });

    it('and lets a confidential client use the method that it registered', async () => {
      for (const method of ['client_secret_basic', 'client_secret_post'] as const) {
        const client = await StandardClient.register(server.issuer, method);
        const code = await client.code();
        const wrong = await client.post('token_endpoint', {
          grant_type: 'authorization_code',
          code,
          redirect_uri: REDIRECT_URI,
          code_verifier: 'x',
        });
        expect(wrong.body['error']).toMatch(/^invalid_(grant|request)$/);
        expect((await client.exchange(await client.code())).status).toBe(200);
      }
    });

    it.each([
      ['with the method plain', { code_challenge_method: 'plain' }, 'invalid_request'],
      ['with a challenge that is not a hash', { code_challenge: 'short' }, 'invalid_request'],
      ['for another response type', { response_type: 'magic' }, 'unsupported_response_type'],
      ['for a resource that is not an absolute URI', { resource: 'notes' }, 'invalid_target'],
      ['for a resource with a fragment', { resource: `${RESOURCE}#here` }, 'invalid_target'],
    ])('but responds with an error to a request %s', async (_what, changes, error) => {
      const client = await StandardClient.register(server.issuer);
      const callback = await client.authorize(changes);
      expect(callback.searchParams.get('error')).toBe(error);
      expect(callback.searchParams.get('state')).toBe('a-long-enough-state');
      expect(callback.searchParams.has('code')).toBe(false);
    });

    it.each([
      ['an unknown client', { client_id: 'nobody' }],
      ['a redirect URI that was not registered', { redirect_uri: 'https://evil.example/callback' }],
    ])('and does not redirect for %s', async (_what, changes) => {
      const client = await StandardClient.register(server.issuer);
      const page = await client.page(changes);
      expect(page.status).toBe(400);
      expect(page.headers.get('location')).toBeNull();
    });

    it('and refuses prompt=none when nobody is signed in', async () => {
      const client = await StandardClient.register(server.issuer);
      const callback = await client.authorize({ prompt: 'none' });
      expect(callback.searchParams.get('error')).toBe('login_required');
    });
  });

  describe('exchanges a code', () => {
    it.each([
      ['a wrong verifier', { code_verifier: 'x'.repeat(43) }],
      ['another redirect URI', { redirect_uri: 'http://127.0.0.1:33418/other' }],
      ['a made-up code', { code: 'made-up' }],
    ])('but not with %s', async (_what, changes) => {
      const client = await StandardClient.register(server.issuer);
      const { status, body } = await client.exchange(await client.code(), changes);
      expect({ status, error: body['error'] }).toEqual({ status: 400, error: 'invalid_grant' });
    });

    it('once: a second use revokes the tokens of the first', async () => {
      const client = await StandardClient.register(server.issuer);
      const code = await client.code();
      const first = await client.exchange(code);
      expect((await client.exchange(code)).body['error']).toBe('invalid_grant');
      const refreshed = await client.refresh(first.body['refresh_token']);
      expect(refreshed.body['error']).toBe('invalid_grant');
    });

    it('only for the client that it was issued to', async () => {
      const client = await StandardClient.register(server.issuer);
      const thief = await StandardClient.register(server.issuer);
      const { body } = await thief.exchange(await client.code(), {
        code_verifier: client.verifier,
      });
      expect(body['error']).toBe('invalid_grant');
    });

    it('only for a resource that was granted', async () => {
      const client = await StandardClient.register(server.issuer);
      const granted = await client.exchange(await client.code(), { resource: RESOURCE });
      expect([decodeJwt(String(granted.body['access_token'])).aud].flat()).toEqual([RESOURCE]);
      const other = await client.exchange(await client.code(), {
        resource: 'https://other.example.com/mcp',
      });
      expect(other.body['error']).toBe('invalid_target');
    });

    it('but refuses unknown grant types', async () => {
      const client = await StandardClient.register(server.issuer);
      const { status, body } = await client.post('token_endpoint', { grant_type: 'by_magic' });
      expect(body['error']).toBe('unsupported_grant_type');
      // Clerk documents 401, RFC 6749 §5.2 asks for 400.
      expect([400, 401]).toContain(status);
    });

    it('but refuses a wrong secret', async () => {
      const client = await StandardClient.register(server.issuer, 'client_secret_post');
      const { status, body } = await client.exchange(await client.code(), {
        client_secret: 'wrong',
      });
      expect({ status, error: body['error'] }).toEqual({ status: 401, error: 'invalid_client' });
    });
  });

  describe('refreshes', () => {
    it('with a new refresh token, and for the same resource', async () => {
      const client = await StandardClient.register(server.issuer);
      const first = await client.tokens();
      const { status, body } = await client.refresh(first['refresh_token']);
      expect(status).toBe(200);
      expect(body['refresh_token']).not.toBe(first['refresh_token']);
      expect([decodeJwt(String(body['access_token'])).aud].flat()).toEqual([RESOURCE]);
    });

    it('once: a replay revokes the grant', async () => {
      const client = await StandardClient.register(server.issuer);
      const first = await client.tokens();
      const second = await client.refresh(first['refresh_token']);
      expect((await client.refresh(first['refresh_token'])).body['error']).toBe('invalid_grant');
      const third = await client.refresh(second.body['refresh_token']);
      expect(third.body['error']).toBe('invalid_grant');
    });

    it('only for the client that it was issued to, without additional scopes', async () => {
      const client = await StandardClient.register(server.issuer);
      const thief = await StandardClient.register(server.issuer);
      const { refresh_token: token } = await client.tokens({ scope: 'openid offline_access' });
      expect((await thief.refresh(token)).body['error']).toBe('invalid_grant');
      const wider = await client.refresh(token, { scope: 'openid offline_access email' });
      expect(wider.body['error']).toBe('invalid_scope');
      expect((await client.refresh('made-up')).body['error']).toBe('invalid_grant');
    });

    it('only with offline_access', async () => {
      const client = await StandardClient.register(server.issuer);
      expect(await client.tokens({ scope: 'openid profile' })).not.toHaveProperty('refresh_token');
    });
  });

  describe('revokes tokens (RFC 7009)', () => {
    it('so that a later refresh fails', async () => {
      const client = await StandardClient.register(server.issuer);
      const { refresh_token: token } = await client.tokens();
      expect((await client.revoke(token)).status).toBe(200);
      expect((await client.refresh(token)).body['error']).toBe('invalid_grant');
    });

    it('and accepts an unknown one', async () => {
      const client = await StandardClient.register(server.issuer);
      expect((await client.revoke('made-up')).status).toBe(200);
    });

    it('but not those of another client', async () => {
      const client = await StandardClient.register(server.issuer);
      const other = await StandardClient.register(server.issuer);
      const { refresh_token: token } = await client.tokens();
      await other.revoke(token);
      expect((await client.refresh(token)).status).toBe(200);
    });
  });

  describe('introspects tokens (RFC 7662)', () => {
    it('for their client, until they are revoked', async () => {
      const client = await StandardClient.register(server.issuer, 'client_secret_basic');
      const tokens = await client.tokens({ resource: null });
      const { status, body } = await client.introspect(tokens['access_token']);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        active: true,
        client_id: client.id,
        scope: expect.stringContaining('profile'),
        sub: expect.any(String),
      });
      await client.revoke(tokens['refresh_token']);
      const after = await client.introspect(tokens['access_token']);
      expect(after.body).toEqual({ active: false });
    });

    it('and reports an unknown one as inactive', async () => {
      const client = await StandardClient.register(server.issuer, 'client_secret_basic');
      expect((await client.introspect('made-up')).body).toEqual({ active: false });
    });
  });
});
