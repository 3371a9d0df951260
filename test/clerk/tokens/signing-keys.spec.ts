import { describe, expect, it } from 'vitest';
import type { ClerkAuthOptions } from '../../../src/clerk/clerk-auth.options.js';
import { clerkOfTests, later } from '../support/clerk-of-tests.js';
import { catchErrorLog } from '../support/error-log.js';
import { type FakeAnswer } from '../support/fake-clerk.js';
import { createVerifier, refusalOf } from '../support/token-verifier.js';

const errorLog = catchErrorLog();
const clerk = await clerkOfTests();

const BACKEND = '/v1/jwks';
const FRONTEND = '/.well-known/jwks.json';
const create = (options: Partial<ClerkAuthOptions> = {}) => createVerifier(clerk.options(options));
const both = (answer: FakeAnswer) => {
  clerk.on(BACKEND, () => answer);
  clerk.on(FRONTEND, () => answer);
};
const unknownKid = (n: number) => clerk.oauthToken({}, { kid: `ins_unknown_${n}` });

describe('SigningKeys', () => {
  it('asks the Backend API with the secret key, and the Frontend API without it', async () => {
    clerk.on(BACKEND, () => ({ status: 404 }));
    await create().verifier.verify(await clerk.oauthToken());
    const [backend, frontend] = clerk.requests;
    expect(backend).toMatchObject({ path: BACKEND });
    expect(backend?.headers.authorization).toBe('Bearer sk_test_fixture');
    expect(frontend).toMatchObject({ path: FRONTEND });
    expect(frontend?.headers.authorization).toBeUndefined();
  });

  it('fetches once for 50 concurrent callers on a cold start', async () => {
    const { verifier } = create();
    const tokens = await Promise.all(Array.from({ length: 50 }, () => clerk.oauthToken()));
    await Promise.all(tokens.map((token) => verifier.verify(token)));
    expect(clerk.keyFetches).toBe(1);
  });

  it('fetches at most once per cool-down in a flood of unknown key ids', async () => {
    const { verifier } = create();
    await verifier.verify(await clerk.oauthToken());
    for (let n = 0; n < 100; n += 1) await refusalOf(verifier.verify(await unknownKid(n)));
    const flood = await Promise.all(Array.from({ length: 100 }, (_, n) => unknownKid(n + 100)));
    await Promise.all(flood.map((token) => refusalOf(verifier.verify(token))));
    expect(clerk.keyFetches).toBe(2);

    later(30_001);
    await refusalOf(verifier.verify(await unknownKid(300)));
    await refusalOf(verifier.verify(await unknownKid(301)));
    expect(clerk.keyFetches).toBe(3);
  });

  it('fetches once when the flood comes first', async () => {
    const { verifier } = create();
    const flood = await Promise.all(Array.from({ length: 50 }, (_, n) => unknownKid(n)));
    await Promise.all(flood.map((token) => refusalOf(verifier.verify(token))));
    expect(clerk.keyFetches).toBe(1);
  });

  it('finds rotated keys at once, and forgets the old ones', async () => {
    const { verifier } = create();
    const before = await clerk.oauthToken();
    await verifier.verify(before);
    await clerk.rotate('ins_2');
    expect((await verifier.verify(await clerk.oauthToken())).userId).toBe('user_alice');
    await clerk.rotate('ins_3');
    expect((await verifier.verify(await clerk.oauthToken())).userId).toBe('user_alice');
    expect(clerk.keyFetches).toBe(3);
    // The cached verdict was made with a key that is gone.
    expect((await refusalOf(verifier.verify(before))).reason).toBe('invalid_token');
  });

  it('renews the keys after an hour', async () => {
    const { verifier } = create();
    await verifier.verify(await clerk.oauthToken());
    later(3_599_000);
    await verifier.verify(await clerk.oauthToken());
    expect(clerk.keyFetches).toBe(1);
    later(2_000);
    await verifier.verify(await clerk.oauthToken());
    expect(clerk.keyFetches).toBe(2);
  });

  it('keeps stale keys while Clerk does not answer', async () => {
    const { verifier } = create();
    await verifier.verify(await clerk.oauthToken());
    both({ status: 500 });
    later(3_601_000);
    expect((await verifier.verify(await clerk.oauthToken())).userId).toBe('user_alice');
    // Unknown keys cannot be told from rotated ones now.
    expect((await refusalOf(verifier.verify(await unknownKid(1)))).reason).toBe('unavailable');
  });

  it('waits for nobody when keys are stale and Clerk hangs', async () => {
    const { verifier } = create({ limits: { timeoutMs: 1_000 } });
    await verifier.verify(await clerk.oauthToken());
    both({ hangs: true });
    later(3_601_000);
    await verifier.verify(await clerk.oauthToken());
    later(3_000);
    const fetches = clerk.keyFetches;
    expect((await verifier.verify(await clerk.oauthToken())).userId).toBe('user_alice');
    expect(clerk.keyFetches).toBeLessThanOrEqual(fetches + 1);
  });

  it.each<[string, FakeAnswer]>([
    ['404', { status: 404 }],
    ['429', { status: 429 }],
    ['500', { status: 500 }],
    ['a body that is not JSON', { text: '<html>' }],
    ['a body without keys', { json: {} }],
    ['an empty list', { json: { keys: [] } }],
    ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }],
    ['two megabytes', { text: ' '.repeat(2_000_000) }],
    ['a hanging connection', { hangs: true }],
  ])('falls back to the Frontend API for %s', async (_, answer) => {
    clerk.on(BACKEND, () => answer);
    const { verifier } = create({ limits: { timeoutMs: 1_000 } });
    expect((await verifier.verify(await clerk.oauthToken())).userId).toBe('user_alice');
  });

  it('reads keys of any content type', async () => {
    clerk.on(BACKEND, () => ({
      json: { keys: [clerk.key.jwk] },
      headers: { 'content-type': 'application/jwk-set+json; charset=utf-8' },
    }));
    expect((await create().verifier.verify(await clerk.oauthToken())).userId).toBe('user_alice');
  });

  it.each<[string, FakeAnswer]>([
    ['an outage', { status: 503 }],
    ['a timeout', { hangs: true }],
  ])('answers unavailable in %s, for kinds the SDK would call forged', async (_, answer) => {
    both(answer);
    const { verifier } = create({ limits: { timeoutMs: 1_000 } });
    for (const token of [await clerk.oauthToken(), await clerk.sessionToken()]) {
      expect(await refusalOf(verifier.verify(token))).toEqual({
        reason: 'unavailable',
        retryAfter: 5,
      });
    }
    expect(clerk.count(BACKEND)).toBe(1);
    later(2_001);
    clerk.reset();
    expect((await verifier.verify(await clerk.oauthToken())).userId).toBe('user_alice');
  });

  it('passes on the pause that Clerk asks for, within bounds', async () => {
    const retryAfter = async (seconds: string) => {
      both({ status: 429, headers: { 'retry-after': seconds } });
      return refusalOf(create().verifier.verify(await clerk.oauthToken()));
    };
    expect(await retryAfter('17')).toEqual({ reason: 'unavailable', retryAfter: 17 });
    expect(await retryAfter('86400')).toEqual({ reason: 'unavailable', retryAfter: 60 });
    expect(await retryAfter('0')).toEqual({ reason: 'unavailable', retryAfter: 1 });
    expect(await retryAfter('Wed, 21 Oct')).toEqual({ reason: 'unavailable', retryAfter: 5 });
  });

  it('answers misconfigured for a wrong secret key, and asks nobody else', async () => {
    const { verifier, alarm } = create();
    for (const status of [401, 403]) {
      clerk.on(BACKEND, () => ({ status, json: { errors: [{ code: 'clerk_key_invalid' }] } }));
      expect(await refusalOf(verifier.verify(await clerk.oauthToken()))).toEqual({
        reason: 'misconfigured',
      });
      later(3_000);
    }
    expect(alarm.isRejected).toBe(true);
    // Loud, but once a minute, and without the key.
    expect(errorLog()).toEqual([expect.stringContaining('CLERK_SECRET_KEY')]);
    expect(errorLog().join()).not.toContain('sk_test');
    later(60_000);
    await refusalOf(verifier.verify(await clerk.oauthToken()));
    expect(errorLog()).toHaveLength(2);
    expect(clerk.count(FRONTEND)).toBe(0);
  });
});

describe('Whether keys are available', () => {
  it('is asked of Clerk once while they are fresh', async () => {
    const { keys } = create();
    expect(await keys.areAvailable()).toBe(true);
    expect(await keys.areAvailable()).toBe(true);
    expect(clerk.keyFetches).toBe(1);
  });

  it('is denied while Clerk does not answer, and says nothing of an error', async () => {
    both({ status: 500 });
    const { keys } = create();
    expect(await keys.areAvailable()).toBe(false);
    clerk.reset();
    later(2_001);
    expect(await keys.areAvailable()).toBe(true);
  });

  it('needs no request with a configured key', async () => {
    const { keys } = create({ jwtKey: clerk.key.pem });
    expect(await keys.areAvailable()).toBe(true);
    expect(keys.tryGet('any')).toBe(await keys.get(undefined));
    expect(clerk.requests).toEqual([]);
  });

  it.each([true, false])(
    'notices without any caller that Clerk accepts the secret key again (own key: %s)',
    async (hasKey) => {
      const { keys, alarm } = create(hasKey ? { jwtKey: clerk.key.pem } : {});
      await keys.areAvailable();
      alarm.reject();
      clerk.on(BACKEND, () => ({ status: 401 }));
      expect(await keys.areAvailable()).toBe(true);
      expect(alarm.isRejected).toBe(true);
      clerk.reset();
      later(2_001);
      expect(await keys.areAvailable()).toBe(true);
      expect(alarm.isRejected).toBe(false);
    },
  );
});
