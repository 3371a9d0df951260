import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { withLimits } from '../support/limits.js';
import { LogRecorder } from '../support/log-recorder.js';
import { callTool, ERAS, type Answer } from '../support/mcp-request.js';
import { accessToken, ADA, GRACE, sessionToken, userIdOf } from '../support/people.js';
import { expectEcho } from '../support/refusals.js';
import { startService, type TestService } from '../support/service.js';

const SERVER_CLIENT = { clientId: 'serverOwnClient', clientSecret: 'secret:of/the+server 1' };
const PUBLIC_CLIENT = 'emulatorLocalApp';

let plain: TestService;
let confidential: TestService;
beforeAll(async () => {
  const override = withLimits({ timeoutMs: 2_000, refreshesPerCaller: 1_000 });
  plain = await startService({ override });
  confidential = await startService({
    override,
    env: {
      CLERK_OAUTH_CLIENT_ID: SERVER_CLIENT.clientId,
      CLERK_OAUTH_CLIENT_SECRET: SERVER_CLIENT.clientSecret,
    },
  });
  confidential.clerk.oauthApplications.create({
    name: 'This server',
    redirectUris: ['http://127.0.0.1/callback'],
    public: false,
    ...SERVER_CLIENT,
  });
});
beforeEach(() => {
  for (const { clerk } of [plain, confidential]) clerk.faults.clear();
});
afterAll(() => Promise.all([plain.stop(), confidential.stop()]));

const grantOf = async (
  { clerk, url }: TestService,
  options: { clientId?: string; user?: string; scopes?: readonly string[] } = {},
) => {
  const tokens = await clerk.issue.oauthTokens({ user: ADA, resource: url, ...options });
  return { refreshToken: tokens.refresh_token ?? '', accessToken: tokens.access_token };
};

const refresh = ({ url }: TestService, args: Record<string, unknown>, token?: string) =>
  callTool(url, 'refreshToken', args, { token });

const contentOf = ({ body }: Answer) => body.result?.structuredContent;

function expectFailure(answer: Answer, reason: RegExp): void {
  expect(answer.status).toBe(200);
  expect(answer.body.result?.isError).toBe(true);
  expect(answer.body.result?.content?.[0]?.text).toMatch(reason);
  expect(contentOf(answer)).toBeUndefined();
}

describe('refreshToken for a public client', () => {
  it.each(ERAS)('renews for nobody in particular, %s era', async (era) => {
    const scopes = ['openid', 'profile', 'email', 'offline_access'];
    const { refreshToken } = await grantOf(plain, { scopes });
    const args = { refreshToken, clientId: PUBLIC_CLIENT };
    const answer = await callTool(plain.url, 'refreshToken', args, { era });
    expect(contentOf(answer)).toEqual({
      access_token: expect.stringMatching(/^eyJ/),
      id_token: expect.stringMatching(/^eyJ/),
      refresh_token: expect.not.stringMatching(refreshToken),
      token_type: 'Bearer',
      expires_in: 86_400,
      scope: scopes.join(' '),
    });
    const token = String(contentOf(answer)?.['access_token']);
    expectEcho(
      await callTool(plain.url, 'echo', { message: 'hi' }, { token }),
      userIdOf(plain, ADA),
    );
  });

  it('takes the client of the signed-in caller where none is named', async () => {
    const { refreshToken, accessToken: token } = await grantOf(plain);
    const answer = await refresh(plain, { refreshToken }, token);
    expect(contentOf(answer)).toMatchObject({ token_type: 'Bearer' });
  });

  it('asks which client it is where nothing says so', async () => {
    const { refreshToken } = await grantOf(plain);
    expectFailure(await refresh(plain, { refreshToken }), /clientId is required/);
  });

  it('keeps the refresh token that is not rotated', async () => {
    plain.clerk.configure({ rotateRefreshTokens: false });
    const { refreshToken } = await grantOf(plain);
    const answer = await refresh(plain, { refreshToken, clientId: PUBLIC_CLIENT });
    expect(contentOf(answer)).toMatchObject({ refresh_token: refreshToken });
    plain.clerk.configure({ rotateRefreshTokens: true });
  });

  it('refuses a replay, and the family dies with it', async () => {
    const args = { ...(await grantOf(plain)), clientId: PUBLIC_CLIENT };
    const renewed = contentOf(await refresh(plain, args));
    expectFailure(await refresh(plain, args), /Sign in again/);
    const child = { ...args, refreshToken: renewed?.['refresh_token'] };
    expectFailure(await refresh(plain, child), /Sign in again/);
  });

  it('exchanges once for callers who send the same token at once', async () => {
    const args = { ...(await grantOf(plain)), clientId: PUBLIC_CLIENT };
    plain.clerk.counters.reset();
    plain.clerk.faults.set('token', { kind: 'slow', milliseconds: 1_000 });
    const answers = await Promise.all(Array.from({ length: 5 }, () => refresh(plain, args)));
    const tokens = new Set(answers.map((answer) => contentOf(answer)?.['access_token']));
    expect(tokens.size).toBe(1);
    expect(plain.clerk.counters.ofGroup('token')).toBe(1);
  });

  it.each(['x', 'not a token', 'ümlaut', '\r\nX-Evil: 1', 'a'.repeat(8_193)])(
    'refuses %.20j and leaks nothing of it',
    async (refreshToken) => {
      const log = LogRecorder.install();
      const answer = await refresh(plain, { refreshToken, clientId: PUBLIC_CLIENT });
      expectFailure(answer, /not valid/);
      expect(log.text).toBe('');
      LogRecorder.remove();
    },
  );

  it('refuses an unknown client, and that of somebody else', async () => {
    const { refreshToken } = await grantOf(plain);
    expectFailure(await refresh(plain, { refreshToken, clientId: 'unknown' }), /client is unknown/);
    const other = plain.clerk.oauthApplications.create({
      name: 'Other',
      redirectUris: ['http://127.0.0.1/callback'],
      public: true,
    });
    const answer = await refresh(plain, { refreshToken, clientId: other.clientId });
    expectFailure(answer, /not valid/);
  });

  it.each([
    { kind: 'hang' } as const,
    { kind: 'reset' } as const,
    { kind: 'status', status: 503 } as const,
    { kind: 'status', status: 429 } as const,
  ])('says try again later while Clerk is down ($kind)', async (fault) => {
    const args = { ...(await grantOf(plain)), clientId: PUBLIC_CLIENT };
    plain.clerk.faults.set('token', fault);
    expectFailure(await refresh(plain, args), /later/);
    plain.clerk.faults.clear();
    expect(contentOf(await refresh(plain, args))).toMatchObject({ token_type: 'Bearer' });
  });
});

describe('refreshToken for the confidential client of this server', () => {
  const { clientId } = SERVER_CLIENT;

  it('renews for the owner', async () => {
    const { refreshToken, accessToken: token } = await grantOf(confidential, { clientId });
    const answer = await refresh(confidential, { refreshToken, clientId }, token);
    expect(contentOf(answer)).toMatchObject({ token_type: 'Bearer' });
  });

  it('renews for the owner who signed in another way', async () => {
    const { refreshToken } = await grantOf(confidential, { clientId });
    const answer = await refresh(confidential, { refreshToken }, await sessionToken(confidential));
    expect(contentOf(answer)).toMatchObject({ token_type: 'Bearer' });
  });

  it('renews for nobody: a stolen token is worth nothing here', async () => {
    const { refreshToken } = await grantOf(confidential, { clientId });
    confidential.clerk.counters.reset();
    expectFailure(await refresh(confidential, { refreshToken, clientId }), /Sign in first/);
    expectFailure(await refresh(confidential, { refreshToken }), /Sign in first/);
    expect(confidential.clerk.counters.ofGroup('token')).toBe(0);
  });

  it('renews not for another user, who sees no token, and takes back what Clerk gave', async () => {
    confidential.clerk.configure({ accessTokenFormat: 'opaque' });
    const { refreshToken } = await grantOf(confidential, { clientId });
    const grace = await accessToken(confidential, { user: GRACE });
    const answer = await refresh(confidential, { refreshToken, clientId }, grace);
    expectFailure(answer, /not valid/);
    expect(answer.text).not.toMatch(/oat_|eyJ/);
    expect(confidential.clerk.counters.ofGroup('revocation')).toBeGreaterThan(0);
    confidential.clerk.configure({ accessTokenFormat: 'jwt' });
  });

  it('leaves public clients to themselves', async () => {
    const { refreshToken } = await grantOf(confidential);
    const args = { refreshToken, clientId: PUBLIC_CLIENT };
    expect(contentOf(await refresh(confidential, args))).toMatchObject({ token_type: 'Bearer' });
  });

  it('never shows its secret, though Clerk refuses it', async () => {
    const log = LogRecorder.install();
    const { refreshToken, accessToken: token } = await grantOf(confidential, { clientId });
    confidential.clerk.faults.set('token', { kind: 'status', status: 401 });
    const answer = await refresh(confidential, { refreshToken, clientId }, token);
    expect(answer.body.result?.isError).toBe(true);
    expect(log.text).toContain('CLERK_OAUTH_CLIENT_SECRET');
    for (const place of [answer.text, log.text]) {
      expect(place).not.toContain(SERVER_CLIENT.clientSecret);
      expect(place).not.toContain(encodeURIComponent(SERVER_CLIENT.clientSecret));
      expect(place).not.toContain(refreshToken);
    }
    LogRecorder.remove();
  });
});
