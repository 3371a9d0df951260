import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ClerkAuthOptions } from '../../../src/clerk/clerk-auth.options.js';
import { FakeClerk, RESOURCE } from '../support/fake-clerk.js';
import { createVerifier, refusalOf } from '../support/token-verifier.js';

let clerk: FakeClerk;
beforeAll(async () => {
  clerk = await FakeClerk.start();
});
afterAll(() => clerk.close());
beforeEach(() => clerk.reset());

const verify = (token: string, options: Partial<ClerkAuthOptions> = {}) =>
  createVerifier(clerk.options(options)).verifier.verify(token);
const invalid = async (token: string, options: Partial<ClerkAuthOptions> = {}) => {
  const refusal = await refusalOf(verify(token, options));
  expect(refusal.reason).toBe('invalid_token');
  const { description } = refusal as { description: string };
  expect(description).not.toContain(token.slice(0, 20));
  expect(description).not.toContain('127.0.0.1');
  return description;
};
const future = () => Math.floor(Date.now() / 1000) + 60;

describe('OAuth access tokens that are JWTs', () => {
  it('become a principal with client, scopes, organization and actor', async () => {
    const exp = future();
    const token = await clerk.oauthToken({
      exp,
      scope: 'profile email  notes:write',
      org_id: 'org_1',
      act: { sub: 'user_admin' },
    });
    const principal = await verify(token);
    expect(principal).toMatchObject({
      tokenType: 'oauth_token',
      issuer: clerk.url,
      subject: 'user_alice',
      userId: 'user_alice',
      clientId: 'client_1',
      scopes: ['profile', 'email', 'notes:write'],
      organization: { id: 'org_1' },
      delegation: [{ subject: 'user_admin' }],
      expiresAt: exp * 1000,
    });
    expect(principal.sessionId).toBeUndefined();
    expect(JSON.stringify(principal)).not.toContain(token);
  });

  it('may carry their scopes in scp and their type as application/at+jwt', async () => {
    const token = await clerk.oauthToken(
      { scope: undefined, scp: ['profile', ''] },
      { typ: 'application/at+jwt' },
    );
    expect((await verify(token)).scopes).toEqual(['profile']);
  });

  it('may name several audiences', async () => {
    const token = await clerk.oauthToken({ aud: ['https://other.example.com', RESOURCE] });
    expect((await verify(token)).userId).toBe('user_alice');
  });

  it.each([
    ['another resource', 'https://other.example.com/mcp'],
    ['the resource with a slash more', `${RESOURCE}/`],
    ['the server instead of the resource', 'https://mcp.example.com'],
    ['a list of others', ['https://other.example.com']],
    ['a number', 7],
  ])('are refused when aud is %s', async (_, aud) => {
    const token = await clerk.oauthToken({ aud });
    await invalid(token);
    await invalid(token, { audience: 'foreign-only' });
  });

  it('are refused without an audience, unless only foreign ones are', async () => {
    for (const aud of [undefined, [], null]) {
      const token = await clerk.oauthToken({ aud });
      expect(await invalid(token)).toContain('audience');
      expect((await verify(token, { audience: 'foreign-only' })).userId).toBe('user_alice');
    }
  });

  it('are refused when they are not named among the accepted tokens', async () => {
    await invalid(await clerk.oauthToken(), { acceptedTokens: ['session_token'] });
    expect(clerk.requests).toEqual([]);
  });
});

describe('session tokens', () => {
  it('become a principal with session and organization of claims version 2', async () => {
    const token = await clerk.sessionToken({
      fea: 'o:dashboard,o:teams',
      o: { id: 'org_1', slg: 'acme', rol: 'admin', per: 'manage,read', fpm: '3,2' },
    });
    expect(await verify(token)).toMatchObject({
      tokenType: 'session_token',
      userId: 'user_alice',
      sessionId: 'sess_1',
      organization: {
        id: 'org_1',
        slug: 'acme',
        role: 'org:admin',
        permissions: ['org:dashboard:manage', 'org:dashboard:read', 'org:teams:read'],
      },
    });
  });

  it('have no scopes', async () => {
    expect((await verify(await clerk.sessionToken({ scope: 'profile' }))).scopes).toBeUndefined();
  });

  it('are refused while the session is pending', async () => {
    const description = await invalid(await clerk.sessionToken({ sts: 'pending' }));
    expect(description).toContain('not active');
  });

  it('are refused without a session', async () => {
    await invalid(await clerk.sessionToken({ sid: undefined }));
    await invalid(await clerk.sessionToken({ sid: '' }));
  });

  it('may have any custom audience, unless audiences are configured', async () => {
    const sessionAudiences = ['https://api.example.com'];
    for (const aud of ['https://other.example.com', ['x'], 7]) {
      const token = await clerk.sessionToken({ aud });
      expect((await verify(token)).sessionId).toBe('sess_1');
      expect(await invalid(token, { sessionAudiences })).toContain('another resource');
    }
    const token = await clerk.sessionToken({ aud: ['x', 'https://api.example.com'] });
    expect((await verify(token, { sessionAudiences })).sessionId).toBe('sess_1');
    const without = await clerk.sessionToken();
    expect((await verify(without, { sessionAudiences })).sessionId).toBe('sess_1');
  });

  it('without their category are for this resource alone: an id_token may name a session', async () => {
    for (const cat of [undefined, 'cl_I7d4PD111III']) {
      await invalid(await clerk.sessionToken({ aud: 'client_1' }, { cat }));
      const token = await clerk.sessionToken({ aud: RESOURCE }, { cat });
      expect((await verify(token)).sessionId).toBe('sess_1');
    }
  });

  it('need an authorized party once any is configured', async () => {
    const options = { authorizedParties: ['https://app.example.com'] };
    expect((await verify(await clerk.sessionToken(), options)).userId).toBe('user_alice');
    await invalid(await clerk.sessionToken({ azp: 'https://evil.example.com' }), options);
    await invalid(await clerk.sessionToken({ azp: undefined }), options);
  });

  it('are refused when they speak for no user', async () => {
    await invalid(await clerk.sessionToken({ sub: 'usr_alice' }));
    await invalid(await clerk.sessionToken({ sub: 'user_' }));
    await invalid(await clerk.sessionToken({ sub: undefined }));
  });

  it('of an instance that stamps every JWT alike are told by their session', async () => {
    const token = await clerk.sessionToken({}, { cat: 'cl_I7d4PD111III' });
    expect((await verify(token)).tokenType).toBe('session_token');
    expect((await verify(await clerk.sessionToken({}, { cat: undefined }))).userId).toBeDefined();
  });
});

describe('an id_token as bearer', () => {
  it('is refused by default, and does not pass for a session token', async () => {
    await invalid(await clerk.idToken());
    await invalid(await clerk.idToken({ aud: RESOURCE }));
    await invalid(await clerk.idToken({ sid: 'sess_1' }));
    await invalid(await clerk.idToken({}, { cat: 'cl_B7d4PD111AAA' }));
  });

  it('passes when id_tokens of its client are accepted', async () => {
    const options = {
      acceptedTokens: ['id_token'],
      oauthClient: { clientId: 'client_1' },
    } as const;
    const principal = await verify(await clerk.idToken(), options);
    expect(principal).toMatchObject({ tokenType: 'id_token', userId: 'user_alice' });
    expect(principal.scopes).toBeUndefined();
    await invalid(await clerk.idToken({ aud: 'client_2' }), options);
  });
});

describe('a token of a JWT template', () => {
  it('is refused unless templates are accepted', async () => {
    const token = await clerk.templateToken();
    await invalid(token);
    const principal = await verify(token, { acceptedTokens: ['jwt_template'] });
    expect(principal).toMatchObject({ tokenType: 'jwt_template', userId: 'user_alice' });
  });

  it('is refused for a foreign audience', async () => {
    const token = await clerk.templateToken({ aud: 'convex' });
    await invalid(token, { acceptedTokens: ['jwt_template'] });
  });
});

describe('a machine token that is a JWT', () => {
  it('is refused by default, and speaks for a machine when accepted', async () => {
    const token = await clerk.sign(
      { sub: 'mch_1', scopes: 'mch_2' },
      { typ: 'JWT', cat: 'cl_B7d4PD333AAA' },
    );
    await invalid(token);
    const principal = await verify(token, { acceptedTokens: ['m2m_token'] });
    expect(principal).toMatchObject({ tokenType: 'm2m_token', subject: 'mch_1' });
    expect(principal.userId).toBeUndefined();
    expect(principal.scopes).toBeUndefined();
  });

  const machine = (claims: object, cat: string | undefined = 'cl_B7d4PD333AAA') =>
    clerk.sign({ sub: 'mch_1', ...claims }, { typ: 'JWT', cat });
  const accepted = { acceptedTokens: ['m2m_token'] } as const;

  it.each([
    ['machines', ['mch_2', 'mch_3']],
    ['one machine', 'mch_2'],
    ['this resource', RESOURCE],
    ['nobody', undefined],
  ])('may be for %s in the custom claim aud', async (_, aud) => {
    expect((await verify(await machine({ aud }), accepted)).subject).toBe('mch_1');
  });

  it('is refused for a foreign resource in aud, and with the category of another token', async () => {
    await invalid(await machine({ aud: 'https://other.example.com' }), accepted);
    await invalid(await machine({}, 'cl_B7d4PD111AAA'), accepted);
    await invalid(await machine({}, 'cl_I7d4PD111III'), accepted);
    await invalid(await machine({}, 'x'), accepted);
  });

  it.each([
    ['scopes', { scopes: 'mch_2 mch_me' }, true],
    ['a list of scopes', { scopes: ['mch_me'] }, true],
    ['aud', { aud: ['mch_me'] }, true],
    ['scopes beside this resource', { scopes: 'mch_me', aud: RESOURCE }, true],
    ['other scopes', { scopes: 'mch_2' }, false],
    ['another aud', { aud: 'mch_2' }, false],
    ['this resource alone', { aud: RESOURCE }, false],
    ['a longer id', { aud: 'mch_me2', scopes: 'xmch_me' }, false],
    ['nothing', {}, false],
  ])('has to name the configured machine: %s', async (_, claims, passes) => {
    const options = { ...accepted, machineId: 'mch_me' };
    const token = await machine(claims);
    if (passes) expect((await verify(token, options)).subject).toBe('mch_1');
    else expect(await invalid(token, options)).toContain('this machine');
  });

  it('is refused where Clerk is to check for this machine, which it cannot for a JWT', async () => {
    const options = { ...accepted, machineSecretKey: 'ak_fixture' };
    expect(await invalid(await machine({ scopes: 'mch_me' }), options)).toContain('this machine');
    const named = { ...options, machineId: 'mch_me' };
    expect((await verify(await machine({ scopes: 'mch_me' }), named)).subject).toBe('mch_1');
  });

  it('takes no organization and no client from claims that the machine chose', async () => {
    const claims = { org_id: 'org_1', client_id: 'client_1', scope: 'notes:write' };
    const principal = await verify(await machine(claims), accepted);
    expect(principal.organization).toBeUndefined();
    expect(principal.clientId).toBeUndefined();
    expect(principal.scopes).toBeUndefined();
  });
});
