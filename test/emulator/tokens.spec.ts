import { type ClerkClient, createClerkClient, verifyToken } from '@clerk/backend';
import { verifyMachineAuthToken } from '@clerk/backend/internal';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../../src/emulator/index.js';

describe('Tokens of the emulator, as @clerk/backend sees them', () => {
  const resource = 'http://127.0.0.1:3000/mcp';
  const user = 'ada@example.com';
  let time = Date.now();
  let emulator: ClerkEmulator;
  let clerk: ClerkClient;
  let userId: string;

  beforeAll(async () => {
    emulator = await startClerkEmulator({ now: () => time });
    userId = emulator.users.get(user).id;
    clerk = createClerkClient({
      apiUrl: emulator.url,
      secretKey: emulator.secretKey,
      publishableKey: emulator.publishableKey,
      telemetry: { disabled: true },
    });
  });
  afterEach(() => {
    time = Date.now();
    emulator.faults.clear();
    emulator.configure({ staleAccessTokens: 'flagged' });
  });
  afterAll(() => emulator.close());

  const authenticate = (token: string, options: object = {}) =>
    clerk.authenticateRequest(
      new Request('http://127.0.0.1:3000/mcp', {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
      }),
      { acceptsToken: 'any', skipJwksCache: true, ...options },
    );

  for (const format of ['jwt', 'opaque'] as const) {
    it(`issues OAuth access tokens of format ${format} that the SDK accepts`, async () => {
      const token = await emulator.issue.oauthAccessToken({
        user,
        format,
        resource,
        scopes: ['profile', 'notes:write'],
      });
      const state = await authenticate(token, { acceptsToken: 'oauth_token', audience: resource });
      expect(state.isAuthenticated).toBe(true);
      expect(state.toAuth()).toMatchObject({
        tokenType: 'oauth_token',
        userId,
        scopes: ['profile', 'notes:write'],
        id: expect.stringMatching(/^oat_[0-9a-f]{32}$/),
      });
      const verdict = await clerk.idPOAuthAccessToken.verify(token, { audience: resource });
      expect(verdict).toMatchObject({ subject: userId, revoked: false, expired: false });
      expect(verdict.aud).toEqual([resource]);
    });

    it(`sets no audience in OAuth access tokens of format ${format} without a resource`, async () => {
      const token = await emulator.issue.oauthAccessToken({ user, format });
      expect((await authenticate(token, { audience: resource })).isAuthenticated).toBe(false);
      const verdict = await clerk.idPOAuthAccessToken.verify(token);
      expect(verdict.aud).toBeUndefined();
    });
  }

  it('sets the claims of an access token as Clerk does', async () => {
    const token = await emulator.issue.oauthAccessToken({
      user,
      resource,
      scopes: ['email', 'user:org:read'],
      organization: 'analytical-engines',
    });
    expect(token).toMatch(/^eyJ/);
    expect(decodeProtectedHeader(token)).toEqual({
      alg: 'RS256',
      typ: 'at+jwt',
      kid: expect.stringMatching(/^ins_/),
    });
    const claims = decodeJwt(token);
    expect(claims).toMatchObject({
      iss: emulator.url,
      sub: userId,
      client_id: expect.any(String),
      scope: 'email user:org:read',
      aud: resource,
      org_id: emulator.organizations.get('analytical-engines').id,
    });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(86_400);
    expect(claims).not.toHaveProperty('scp');
  });

  it('issues session tokens with role and permissions', async () => {
    const token = await emulator.issue.sessionToken({
      user,
      organization: 'analytical-engines',
      authorizedParty: 'http://127.0.0.1:3000',
    });
    expect(decodeProtectedHeader(token)).toMatchObject({ cat: 'cl_B7d4PD111AAA', typ: 'JWT' });
    const state = await authenticate(token, { authorizedParties: ['http://127.0.0.1:3000'] });
    const session = state.toAuth();
    expect(session).toMatchObject({
      tokenType: 'session_token',
      userId,
      sessionId: expect.stringMatching(/^sess_/),
      sessionStatus: 'active',
      orgRole: 'org:admin',
      orgSlug: 'analytical-engines',
      orgPermissions: ['org:notes:read', 'org:notes:write'],
    });
    const claims = decodeJwt(token);
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(60);
    expect(claims).toMatchObject({ v: 2, sts: 'active', fva: [0, -1], pla: 'o:pro' });
  });

  it('gives a member fewer permissions, and users outside the organization none', async () => {
    const member = await authenticate(
      await emulator.issue.sessionToken({
        user: 'grace@example.com',
        organization: 'analytical-engines',
      }),
    );
    expect(member.toAuth()).toMatchObject({
      orgRole: 'org:member',
      orgPermissions: ['org:notes:read'],
    });
    const alone = await emulator.issue.sessionToken({ user: 'katherine@example.com' });
    expect(decodeJwt(alone)).not.toHaveProperty('o');
  });

  it('encodes the permissions of several features, without system permissions', async () => {
    emulator.organizations.addMember({
      organization: 'analytical-engines',
      user: 'katherine@example.com',
      role: 'org:auditor',
      permissions: [
        'org:teams:read',
        'org:dashboard:read',
        'org:dashboard:manage',
        'org:sys_memberships:read',
      ],
    });
    const token = await emulator.issue.sessionToken({
      user: 'katherine@example.com',
      organization: 'analytical-engines',
    });
    expect(decodeJwt(token)).toMatchObject({
      o: { rol: 'auditor', per: 'manage,read', fpm: '3,2' },
      fea: 'o:dashboard,o:teams',
    });
    expect((await authenticate(token)).toAuth()).toMatchObject({
      orgPermissions: ['org:dashboard:manage', 'org:dashboard:read', 'org:teams:read'],
    });
    emulator.organizations.removeMember('analytical-engines', 'katherine@example.com');
  });

  it('signs id_tokens for the client, with claims by scope', async () => {
    const nothing = await emulator.issue.idToken({ user, scopes: ['openid'], nonce: 'n-1' });
    expect(decodeJwt(nothing)).toEqual({
      iss: emulator.url,
      sub: userId,
      aud: expect.any(String),
      iat: expect.any(Number),
      exp: expect.any(Number),
      jti: expect.any(String),
      nonce: 'n-1',
    });
    const everything = await emulator.issue.idToken({
      user,
      clientId: 'some-client',
      scopes: ['openid', 'profile', 'email', 'user:org:read'],
      organization: 'analytical-engines',
    });
    expect(decodeJwt(everything)).toMatchObject({
      aud: 'some-client',
      email: user,
      email_verified: true,
      given_name: 'Ada',
      family_name: 'Lovelace',
      name: 'Ada Lovelace',
      org_id: expect.stringMatching(/^org_/),
    });
  });

  it('signs tokens of a JWT template without a session', async () => {
    const token = await emulator.issue.jwtTemplateToken({ user, claims: { plan: 'pro' } });
    expect(decodeProtectedHeader(token)['cat']).toBe('cl_B7d4PD222AAA');
    expect(decodeJwt(token)).toMatchObject({ sub: userId, plan: 'pro' });
    expect(decodeJwt(token)).not.toHaveProperty('sid');
    expect((await authenticate(token)).isAuthenticated).toBe(false);
    const { secretKey, url: apiUrl } = emulator;
    await expect(verifyToken(token, { secretKey, apiUrl })).resolves.toMatchObject({ plan: 'pro' });
  });

  it('issues tokens that no flow would issue', async () => {
    const forged = await emulator.issue.sessionToken({ user, signedBy: 'foreign' });
    expect((await authenticate(forged)).reason).toBe('token-invalid-signature');
    const unknownKey = await emulator.issue.sessionToken({ user, header: { kid: 'ins_other' } });
    expect((await authenticate(unknownKey)).reason).toBe('jwk-kid-mismatch');
    const expired = await emulator.issue.sessionToken({ user, expiresInSeconds: -60 });
    expect((await authenticate(expired)).reason).toMatch(/^session-token-expired/);
    const withoutSubject = await emulator.issue.sessionToken({ user, omitClaims: ['sub'] });
    expect(decodeJwt(withoutSubject)).not.toHaveProperty('sub');
    const pending = await emulator.issue.sessionToken({ user, status: 'pending' });
    expect(decodeJwt(pending)['sts']).toBe('pending');
    const anything = await emulator.issue.jwt({ claims: { hello: 'world' } });
    expect(decodeJwt(anything)).toEqual({ hello: 'world' });
  });

  it('flags revoked and expired opaque tokens, or responds with 404', async () => {
    const token = await emulator.issue.oauthAccessToken({
      user,
      format: 'opaque',
      expiresInSeconds: 60,
    });
    time += 61_000;
    expect(await clerk.idPOAuthAccessToken.verify(token)).toMatchObject({ expired: true });
    emulator.configure({ staleAccessTokens: 'not_found' });
    await expect(clerk.idPOAuthAccessToken.verify(token)).rejects.toMatchObject({ status: 404 });
  });

  it('verifies API keys and machine-to-machine tokens, and responds with 404 to unknown ones', async () => {
    const key = emulator.apiKeys.create({
      name: 'CI',
      subject: userId,
      scopes: ['notes:read'],
      claims: { tier: 'gold' },
    });
    expect((await authenticate(key.secret)).toAuth()).toMatchObject({
      tokenType: 'api_key',
      userId,
      scopes: ['notes:read'],
      claims: { tier: 'gold' },
    });
    emulator.apiKeys.revoke(key.id);
    await expect(clerk.apiKeys.verify(key.secret)).rejects.toMatchObject({ status: 404 });

    const target = emulator.machines.create({ name: 'target' });
    const machine = emulator.machines.create({ name: 'worker', scopedMachines: [target.id] });
    const token = emulator.machines.createToken({ machine: machine.id });
    expect((await authenticate(token.token)).toAuth()).toMatchObject({
      tokenType: 'm2m_token',
      machineId: machine.id,
      scopes: [target.id],
    });
    const verdict = await verifyMachineAuthToken(token.token, {
      apiUrl: emulator.url,
      machineSecretKey: target.secretKey,
    } as never);
    expect(verdict.errors).toBeUndefined();
    for (const unknown of ['ak_unknown', 'mt_unknown', 'oat_unknown']) {
      expect((await authenticate(unknown)).isAuthenticated).toBe(false);
    }
  });

  it('rotates its keys, and keeps or removes the previous one', async () => {
    const first = await emulator.issue.sessionToken({ user });
    await emulator.keys.rotate();
    const second = await emulator.issue.sessionToken({ user });
    expect(decodeProtectedHeader(second).kid).not.toBe(decodeProtectedHeader(first).kid);
    expect((await authenticate(first)).isAuthenticated).toBe(true);
    expect((await authenticate(second)).isAuthenticated).toBe(true);

    await emulator.keys.rotate(false);
    const published = await fetch(`${emulator.url}/.well-known/jwks.json`);
    const { keys } = (await published.json()) as { keys: { kid: string }[] };
    expect(keys.map(({ kid }) => kid)).toEqual([emulator.keys.currentKeyId]);
    const third = await emulator.issue.sessionToken({ user });
    expect(
      (await authenticate(third, { jwtKey: emulator.keys.publicKeyPem })).isAuthenticated,
    ).toBe(true);
  });

  it('names the unknown resource in an error', async () => {
    await expect(emulator.issue.sessionToken({ user: 'nobody@example.com' })).rejects.toMatchObject(
      {
        code: 'EMULATOR_UNKNOWN_RESOURCE',
      },
    );
  });
});
