import { inspect } from 'node:util';
import { Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  vi,
  type MockInstance,
} from 'vitest';
import { ClerkAuthModule } from '../../../src/clerk/clerk-auth.module.js';
import {
  ClerkBackendError,
  ClerkSessionNotInitializedError,
  InvalidUpstreamProviderError,
  UpstreamConnectionRequiredError,
} from '../../../src/clerk/clerk.errors.js';
import { ClerkRevocations } from '../../../src/clerk/revocation/clerk-revocations.js';
import { ClerkContext } from '../../../src/clerk/user/clerk-context.js';
import { catchErrorLog } from '../support/error-log.js';
import { FakeClerk, type FakeAnswer } from '../support/fake-clerk.js';

const PATH = '/v1/users/user_alice/oauth_access_tokens/oauth_google';
const SECRET = 'ya29.secret-of-google';

const errors = catchErrorLog();
let warnings: MockInstance<Logger['warn']>;
let clerk: FakeClerk;
beforeAll(async () => {
  clerk = await FakeClerk.start();
});
afterAll(() => clerk.close());
beforeEach(() => {
  clerk.reset();
  vi.useFakeTimers({ toFake: ['Date'] });
  warnings = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
});
afterEach(() => {
  vi.useRealTimers();
  warnings.mockRestore();
});

async function create(options: Parameters<FakeClerk['options']>[0] = {}) {
  const module = await Test.createTestingModule({
    imports: [ClerkAuthModule.forRoot(clerk.options(options))],
  }).compile();
  const context = module.get(ClerkContext);
  const ask = (scopes?: string[], userId = 'user_alice', provider = 'google') =>
    context.runAsUser(userId, () => context.upstreamToken(provider, scopes && { scopes }));
  return { module, context, ask };
}

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds;
const token = (more: object = {}) => ({
  object: 'oauth_access_token',
  external_account_id: 'eac_1',
  token: SECRET,
  provider: 'oauth_google',
  scopes: ['calendar', 'email'],
  expires_at: inSeconds(3_600),
  ...more,
});
const serve = (...tokens: object[]) =>
  clerk.on(PATH, () => ({ json: { data: tokens, total_count: tokens.length } }));
const answer = (one: FakeAnswer) => clerk.on(PATH, () => one);
const later = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds);
const failure = (promise: Promise<unknown>) =>
  promise.then(
    (value) => ({ value }),
    (error: unknown) => error,
  );

describe('ClerkContext.upstreamToken', () => {
  it('asks Clerk once for concurrent callers, and keeps the token until a minute before its end', async () => {
    serve(token());
    const { ask } = await create();
    expect(await Promise.all([ask(), ask(['calendar']), ask(['email', 'calendar'])])).toEqual([
      SECRET,
      SECRET,
      SECRET,
    ]);
    later(3_539_000);
    await ask();
    expect(clerk.count(PATH)).toBe(1);
    later(2_000);
    serve(token({ token: 'renewed' }));
    expect(await ask()).toBe('renewed');
  });

  it.each([
    ['in milliseconds', () => Date.now() + 3_600_000, 3_500_000, 1],
    ['in milliseconds, when it has passed', () => Date.now() + 3_600_000, 3_601_000, 2],
    ['that never comes, for five minutes', () => null, 299_000, 1],
    ['that never comes, after five minutes', () => null, 301_000, 2],
  ])('reads an end %s', async (_what, end, wait, count) => {
    serve(token({ expires_at: end() }));
    const { ask } = await create();
    await ask();
    later(wait);
    serve(token());
    await ask();
    expect(clerk.count(PATH)).toBe(count);
  });

  it('takes the account that has the scopes, among several', async () => {
    serve(token({ scopes: ['email'], token: 'a' }), token({ token: 'b' }), token({ token: 'c' }));
    const { ask } = await create();
    expect(await ask(['calendar'])).toBe('b');
    expect(await ask()).toBe('a');
    expect(clerk.count(PATH)).toBe(1);
  });

  it('says that there is no account, and asks Clerk again after two seconds', async () => {
    serve();
    const { ask } = await create({ upstreamConnectUrl: 'https://app.test/accounts' });
    const error = await failure(ask(['calendar']));
    expect(error).toBeInstanceOf(UpstreamConnectionRequiredError);
    expect(error).toMatchObject({
      code: 'UPSTREAM_CONNECTION_REQUIRED',
      provider: 'google',
      missingScopes: [],
      url: 'https://app.test/accounts',
      message: 'Connect your google account. Open https://app.test/accounts and repeat the call.',
      status: 403,
    });
    expect(await failure(ask())).toBeInstanceOf(UpstreamConnectionRequiredError);
    expect(clerk.count(PATH)).toBe(1);
    later(2_001);
    serve(token());
    expect(await ask(['calendar'])).toBe(SECRET);
  });

  it('names the scopes that the best account lacks', async () => {
    serve(token({ scopes: undefined }), token({ scopes: ['email', 7] }));
    const { ask } = await create();
    const error = await failure(ask(['calendar', 'email', 'drive']));
    expect(error).toMatchObject({
      missingScopes: ['calendar', 'drive'],
      message: expect.stringContaining('again and allow: calendar, drive.'),
    });
    expect(await ask(['email'])).toBe(SECRET);
  });

  it.each([
    ['has expired', () => token({ expires_at: inSeconds(-1) })],
    ['is empty', () => token({ token: '' })],
    ['is no text', () => token({ token: 7 })],
  ])('takes a token that %s for none', async (_what, one) => {
    serve(one());
    const { ask } = await create();
    expect(await failure(ask())).toMatchObject({ missingScopes: [], provider: 'google' });
  });

  it.each<[string, FakeAnswer, string]>([
    ['404', { status: 404, json: { errors: [] } }, 'CLERK_NOT_FOUND'],
    ['401', { status: 401, json: { errors: [] } }, 'CLERK_MISCONFIGURED'],
    ['429', { status: 429, json: { errors: [] } }, 'CLERK_UNAVAILABLE'],
    ['500', { status: 500, json: { errors: [] } }, 'CLERK_UNAVAILABLE'],
    ['a hanging connection', { hangs: true }, 'CLERK_UNAVAILABLE'],
    ['a body of another shape', { json: { tokens: [] } }, 'CLERK_UNAVAILABLE'],
  ])('answers %s with a typed error, and asks again next time', async (_what, one, code) => {
    answer(one);
    const { ask } = await create({ limits: { timeoutMs: 1_000 } });
    const error = await failure(ask());
    expect(error).toBeInstanceOf(ClerkBackendError);
    expect(error).toMatchObject({ code });
    serve(token());
    expect(await ask()).toBe(SECRET);
  });

  it('asks the user to connect again where Clerk cannot renew the token, and logs the code', async () => {
    answer({ status: 400, json: { errors: [{ code: 'oauth_missing_refresh_token' }] } });
    const { ask } = await create();
    expect(await failure(ask())).toBeInstanceOf(UpstreamConnectionRequiredError);
    later(3_000);
    expect(await failure(ask())).toBeInstanceOf(UpstreamConnectionRequiredError);
    expect(warnings.mock.calls).toEqual([[expect.stringContaining('oauth_missing_refresh_token')]]);
  });

  it('puts the token into no error and no log', async () => {
    serve(token());
    const { ask } = await create();
    const error = await failure(ask(['drive']));
    expect(error).toBeInstanceOf(UpstreamConnectionRequiredError);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(SECRET);
    expect(JSON.stringify((error as UpstreamConnectionRequiredError).getResponse())).not.toContain(
      SECRET,
    );
    expect(JSON.stringify([errors(), warnings.mock.calls])).not.toContain(SECRET);
  });

  it.each(['', 'oauth_google', '../../users', 'google/x', 'google?x', 'a'.repeat(65)])(
    'refuses the provider %j before it asks Clerk',
    async (provider) => {
      const { ask } = await create();
      const error = await failure(ask([], 'user_alice', provider));
      expect(error).toBeInstanceOf(InvalidUpstreamProviderError);
      expect(clerk.requests).toEqual([]);
    },
  );

  it('needs a user', async () => {
    const { context } = await create();
    const error = await failure(context.upstreamToken('google'));
    expect(error).toBeInstanceOf(ClerkSessionNotInitializedError);
  });

  it('never gives a user the token of another', async () => {
    serve(token());
    clerk.on(PATH.replace('alice', 'bob'), () => ({
      json: { data: [token({ token: 'of bob' })], total_count: 1 },
    }));
    const { ask } = await create();
    expect([await ask(), await ask([], 'user_bob'), await ask()]).toEqual([
      SECRET,
      'of bob',
      SECRET,
    ]);
  });

  it('forgets the tokens of a revoked user, also one that is under way', async () => {
    serve(token());
    const { ask, module } = await create();
    await ask();
    const revocations = module.get(ClerkRevocations);
    await revocations.revoke({ userId: 'user_bob' });
    await ask();
    expect(clerk.count(PATH)).toBe(1);
    await revocations.revoke({ userId: 'user_alice' });
    let release = (): void => undefined;
    const after = new Promise<void>((resolve) => (release = resolve));
    answer({ json: { data: [token({ token: 'old' })], total_count: 1 }, after });
    const underWay = ask();
    await expect.poll(() => clerk.count(PATH)).toBe(2);
    await revocations.revoke({ userId: 'user_alice' });
    release();
    expect(await underWay).toBe('old');
    serve(token({ token: 'new' }));
    expect(await ask()).toBe('new');
  });

  it.each([
    ['entries', { maxUpstreamTokens: 1 }],
    ['bytes', { upstreamTokenBytes: 700 }],
  ])('keeps no more %s than its limit', async (_what, limits) => {
    serve(token());
    clerk.on(PATH.replace('alice', 'bob'), () => ({ json: { data: [token()], total_count: 1 } }));
    const { ask } = await create({ limits });
    await ask();
    await ask();
    expect(clerk.count(PATH)).toBe(1);
    await ask([], 'user_bob');
    await ask();
    expect(clerk.count(PATH)).toBe(2);
  });
});
