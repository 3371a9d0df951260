import { describe, expect, it } from 'vitest';
import type { Principal } from '../../../src/request/principal.js';
import type { ClerkAuthOptions } from '../../../src/clerk/clerk-auth.options.js';
import type { RefreshRequest } from '../../../src/clerk/oauth/clerk-refresh-grant.js';
import { ClerkRefreshError } from '../../../src/clerk/clerk.errors.js';
import { catchErrorLog } from '../support/error-log.js';
import { opaqueVerdict, RESOURCE, VERIFY_PATH, type FakeAnswer } from '../support/fake-clerk.js';
import { TOKEN, useRefreshGrants } from '../support/refresh-grant.js';

const REVOKE = '/oauth/token/revoke';
const alice = { userId: 'user_alice' } as Principal;
const confidential = { oauthClient: { clientId: 'our client', clientSecret: 's:e/c+r t' } };

const errorLog = catchErrorLog();
const grants = useRefreshGrants();

const granted = async (claims = {}) => ({
  access_token: await grants.clerk.oauthToken(claims),
  token_type: 'Bearer',
  expires_in: 86_400,
  refresh_token: 'rt_new',
  scope: 'profile email',
});
const codeOf = async (request: RefreshRequest, options: Partial<ClerkAuthOptions> = {}) => {
  const error: unknown = await grants
    .create(options)
    .refresh(request)
    .then(
      () => undefined,
      (reason: unknown) => reason,
    );
  if (!(error instanceof ClerkRefreshError)) throw new Error('Not refused.', { cause: error });
  expect(error.message).not.toContain(request.refreshToken);
  expect(error.message).not.toContain('127.0.0.1');
  return error.code;
};
const sent = (path: string) =>
  grants.clerk.requests
    .filter((request) => request.path === path)
    .map(({ headers, body }) => ({
      form: Object.fromEntries(new URLSearchParams(body)),
      type: headers['content-type'],
      authorization: headers.authorization,
    }));

describe('ClerkRefreshGrant', () => {
  it('posts a form as the public client of the caller, and names the resource', async () => {
    const tokens = await granted();
    grants.serve({ json: { ...tokens, id_token: 'id', object: 'extra' } });
    const result = await grants.create().refresh({ refreshToken: 'rt_old', clientId: 'client_1' });
    expect(result).toEqual({ ...tokens, id_token: 'id' });
    expect(sent(TOKEN)).toEqual([
      {
        form: {
          grant_type: 'refresh_token',
          refresh_token: 'rt_old',
          client_id: 'client_1',
          resource: RESOURCE,
        },
        type: 'application/x-www-form-urlencoded;charset=UTF-8',
        authorization: undefined,
      },
    ]);
  });

  it('keeps the old refresh token when none is returned', async () => {
    grants.serve({ json: { access_token: 'oat_new' } });
    const tokens = await grants.create().refresh({ refreshToken: 'rt_old', clientId: 'client_1' });
    expect(tokens).toEqual({
      access_token: 'oat_new',
      token_type: 'Bearer',
      refresh_token: 'rt_old',
    });
  });

  it('needs a client', async () => {
    expect(await codeOf({ refreshToken: 'rt_old' })).toBe('client_id_required');
    expect(grants.clerk.requests).toEqual([]);
  });

  it('uses the configured client without a secret for everybody', async () => {
    grants.serve({ json: await granted() });
    const grant = grants.create({ oauthClient: { clientId: 'ours' } });
    await grant.refresh({ refreshToken: 'rt_old' });
    expect(sent(TOKEN)[0]).toMatchObject({ form: { client_id: 'ours' }, authorization: undefined });
  });

  it('never uses the secret for a stranger', async () => {
    expect(await codeOf({ refreshToken: 'rt_old' }, confidential)).toBe('sign_in_required');
    const named = { refreshToken: 'rt_old', clientId: 'our client' };
    expect(await codeOf(named, confidential)).toBe('sign_in_required');
    expect(grants.clerk.requests).toEqual([]);
  });

  it('leaves the secret out for the client of the caller', async () => {
    grants.serve({ json: await granted({ sub: 'user_bob' }) });
    const request = { refreshToken: 'rt_old', clientId: 'client_1', principal: alice };
    await grants.create(confidential).refresh(request);
    expect(sent(TOKEN)[0]?.authorization).toBeUndefined();
  });

  it('uses the secret for the owner of the token', async () => {
    grants.serve({ json: await granted() });
    const request = { refreshToken: 'rt_old', principal: alice };
    await grants.create(confidential).refresh(request);
    const basic = sent(TOKEN)[0]?.authorization?.replace('Basic ', '') ?? '';
    expect(Buffer.from(basic, 'base64').toString()).toBe('our+client:s%3Ae%2Fc%2Br+t');
  });

  it('revokes the fresh tokens when they belong to somebody else', async () => {
    const tokens = await granted({ sub: 'user_bob' });
    grants.serve({ json: tokens });
    const request = { refreshToken: 'rt_old', principal: alice };
    expect(await codeOf(request, confidential)).toBe('invalid_grant');
    const revoked = sent(REVOKE).map(({ form }) => form['token']);
    expect(revoked.toSorted()).toEqual([tokens.access_token, 'rt_new'].toSorted());
  });

  it('finds the owner of an opaque token at Clerk', async () => {
    grants.serve({ json: { ...(await granted()), access_token: 'oat_new' } });
    grants.clerk.on(VERIFY_PATH, () => ({ json: opaqueVerdict() }));
    const request = { refreshToken: 'rt_old', principal: alice };
    expect((await grants.create(confidential).refresh(request)).access_token).toBe('oat_new');
    grants.clerk.on(VERIFY_PATH, () => ({ json: opaqueVerdict({ subject: 'user_bob' }) }));
    expect(await codeOf(request, confidential)).toBe('invalid_grant');
    grants.clerk.on(VERIFY_PATH, () => ({ status: 500 }));
    expect(await codeOf(request, confidential)).toBe('invalid_grant');
  });

  it('exchanges once for concurrent callers with the same token, and per user', async () => {
    grants.serve({ json: await granted() });
    const grant = grants.create();
    const request = { refreshToken: 'rt_old', clientId: 'client_1' };
    await Promise.all([grant.refresh(request), grant.refresh(request)]);
    expect(grants.clerk.count(TOKEN)).toBe(1);
    await Promise.all([grant.refresh(request), grant.refresh({ ...request, clientId: 'other' })]);
    expect(grants.clerk.count(TOKEN)).toBe(3);
  });

  it.each<[string, FakeAnswer, string]>([
    ['invalid_grant (400)', { status: 400, json: { error: 'invalid_grant' } }, 'invalid_grant'],
    ['invalid_grant (401)', { status: 401, json: { error: 'invalid_grant' } }, 'invalid_grant'],
    ['invalid_client', { status: 401, json: { error: 'invalid_client' } }, 'invalid_client'],
    ['401 without a word', { status: 401 }, 'invalid_client'],
    ['invalid_target', { status: 400, json: { error: 'invalid_target' } }, 'invalid_request'],
    ['429', { status: 429 }, 'unavailable'],
    ['500', { status: 500 }, 'unavailable'],
    ['a redirect', { status: 302, headers: { location: '/' } }, 'unavailable'],
    ['an answer without a token', { json: {} }, 'unavailable'],
    ['a hanging connection', { hangs: true }, 'unavailable'],
  ])('answers %s with the right code', async (_, answer, code) => {
    grants.serve(answer);
    const request = { refreshToken: 'rt_old', clientId: 'client_1' };
    expect(await codeOf(request, { limits: { timeoutMs: 1_000 } })).toBe(code);
  });

  it('calls a refused client of its own a matter of configuration', async () => {
    grants.serve({ status: 401, json: { error: 'invalid_client' } });
    const request = { refreshToken: 'rt_old', principal: alice };
    expect(await codeOf(request, confidential)).toBe('misconfigured');
    expect(errorLog()).toEqual([expect.stringContaining('CLERK_OAUTH_CLIENT_SECRET')]);
  });

  it.each(['', 'a b', 'a\r\nb', 'a'.repeat(8193)])('refuses %j unsent', async (refreshToken) => {
    await expect(
      grants.create().refresh({ refreshToken, clientId: 'client_1' }),
    ).rejects.toMatchObject({
      code: 'invalid_grant',
    });
    expect(grants.clerk.requests).toEqual([]);
  });
});
