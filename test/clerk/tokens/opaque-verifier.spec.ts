import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClerkAuthOptions } from '../../../src/clerk/clerk-auth.options.js';
import { catchErrorLog } from '../support/error-log.js';
import { FakeClerk, opaqueVerdict, VERIFY_PATH, type FakeAnswer } from '../support/fake-clerk.js';
import { createVerifier, refusalOf } from '../support/token-verifier.js';

catchErrorLog();
let clerk: FakeClerk;
beforeAll(async () => {
  clerk = await FakeClerk.start();
});
afterAll(() => clerk.close());
beforeEach(() => {
  clerk.reset();
  answer({ json: opaqueVerdict() });
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const answer = (given: FakeAnswer) => clerk.on(VERIFY_PATH, () => given);
const create = (options: Partial<ClerkAuthOptions> = {}) => createVerifier(clerk.options(options));
const later = (ms: number) => vi.setSystemTime(Date.now() + ms);
const refused = (given: FakeAnswer, options: Partial<ClerkAuthOptions> = {}) => {
  answer(given);
  return refusalOf(create(options).verifier.verify('oat_token'));
};

describe('opaque OAuth tokens', () => {
  it('become a principal, with seconds read as seconds', async () => {
    const { expiration } = opaqueVerdict() as { expiration: number };
    const principal = await create().verifier.verify('oat_token');
    expect(principal).toMatchObject({
      tokenType: 'oauth_token',
      issuer: clerk.url,
      userId: 'user_alice',
      clientId: 'client_1',
      scopes: ['profile', 'email'],
      expiresAt: expiration * 1000,
    });
    expect(JSON.stringify(principal)).not.toContain('oat_token');
  });

  it('have milliseconds read as milliseconds', async () => {
    const expiration = Date.now() + 60_000;
    answer({ json: opaqueVerdict({ expiration, act: { sub: 'user_admin' } }) });
    const principal = await create().verifier.verify('oat_token');
    expect(principal).toMatchObject({
      expiresAt: expiration,
      delegation: [{ subject: 'user_admin' }],
    });
  });

  it.each<[string, FakeAnswer]>([
    ['that Clerk does not know (404)', { status: 404, json: { errors: [] } }],
    ['that Clerk finds malformed (400)', { status: 400, json: { errors: [] } }],
    ['with the revoked flag', { json: opaqueVerdict({ revoked: true }) }],
    ['with {active:false}', { json: { active: false } }],
    ['of nobody', { json: opaqueVerdict({ subject: 'mch_1' }) }],
    ['of a foreign audience', { json: opaqueVerdict({ aud: ['https://other.example.com'] }) }],
    ['of no audience', { json: opaqueVerdict({ aud: undefined }) }],
  ])('%s are invalid', async (_, given) => {
    expect((await refused(given)).reason).toBe('invalid_token');
  });

  it('without an audience pass when only foreign ones are refused', async () => {
    answer({ json: opaqueVerdict({ aud: undefined }) });
    const { verifier } = create({ audience: 'foreign-only' });
    expect((await verifier.verify('oat_token')).userId).toBe('user_alice');
    const foreign = { json: opaqueVerdict({ aud: ['https://other.example.com'] }) };
    expect((await refused(foreign, { audience: 'foreign-only' })).reason).toBe('invalid_token');
  });

  it.each<[string, FakeAnswer]>([
    ['the expired flag', { json: opaqueVerdict({ expired: true }) }],
    ['an expiration in the past', { json: opaqueVerdict({ expiration: 1_700_000_000 }) }],
    ['the same in milliseconds', { json: opaqueVerdict({ expiration: 1_700_000_000_000 }) }],
    ['the error code', { status: 400, json: { errors: [{ code: 'token_expired' }] } }],
  ])('are expired by %s', async (_, given) => {
    expect(await refused(given)).toEqual({ reason: 'token_expired' });
  });

  it.each<[string, FakeAnswer]>([
    ['an empty object', { json: {} }],
    [
      'a body of another content type',
      {
        json: opaqueVerdict(),
        headers: { 'content-type': 'application/json; charset=utf-8' },
      },
    ],
    ['text', { text: 'ok', headers: { 'content-type': 'text/plain' } }],
    ['a list', { json: [] }],
    ['scopes that are missing', { json: opaqueVerdict({ scopes: undefined }) }],
    ['{active:true}', { json: { active: true } }],
    ['a missing subject', { json: opaqueVerdict({ subject: undefined }) }],
    ['missing flags, both', { json: opaqueVerdict({ revoked: null, expired: null }) }],
    ['missing flags', { json: opaqueVerdict({ revoked: undefined }) }],
    ['scopes that are no list', { json: opaqueVerdict({ scopes: 'profile' }) }],
    ['a strange expiration', { json: opaqueVerdict({ expiration: 'soon' }) }],
    ['429', { status: 429, json: { errors: [] } }],
    ['500', { status: 500, json: { errors: [] } }],
    ['502 in HTML', { status: 502, text: '<html>', headers: { 'content-type': 'text/html' } }],
    ['a hanging connection', { hangs: true }],
  ])('are never let in on %s: that is an outage', async (_, given) => {
    expect((await refused(given, { limits: { timeoutMs: 1_000 } })).reason).toBe('unavailable');
  });

  it('pass on the pause that Clerk asks for', async () => {
    const given = { status: 429, json: { errors: [] }, headers: { 'retry-after': '9' } };
    expect(await refused(given)).toEqual({ reason: 'unavailable', retryAfter: 9 });
  });

  it.each([401, 403])('are a matter of configuration for %s', async (status) => {
    expect(await refused({ status, json: { errors: [{ code: 'clerk_key_invalid' }] } })).toEqual({
      reason: 'misconfigured',
    });
  });

  it('that look like nothing of Clerk are refused without any network', async () => {
    const { verifier } = create();
    for (const token of ['secret', 'ak_key', 'mt_token', 'OAT_token', 'sk_test_x']) {
      expect((await refusalOf(verifier.verify(token))).reason).toBe('invalid_token');
    }
    expect(clerk.requests).toEqual([]);
  });

  describe('with the scope user:org:read', () => {
    const scopes = ['profile', 'user:org:read'];

    it('act in the organization that userinfo names', async () => {
      answer({ json: opaqueVerdict({ scopes }) });
      clerk.on('/oauth/userinfo', ({ headers }) =>
        headers.authorization === 'Bearer oat_token'
          ? { json: { sub: 'user_alice', org_id: 'org_1', org_slug: 'acme' } }
          : { status: 401 },
      );
      const { verifier } = create();
      const expected = { organization: { id: 'org_1', slug: 'acme' } };
      expect(await verifier.verify('oat_token')).toMatchObject(expected);
      expect(await verifier.verify('oat_token')).toMatchObject(expected);
      expect(clerk.count('/oauth/userinfo')).toBe(1);
    });

    it('act in none when userinfo refuses or speaks of somebody else', async () => {
      answer({ json: opaqueVerdict({ scopes }) });
      clerk.on('/oauth/userinfo', () => ({ status: 403 }));
      expect((await create().verifier.verify('oat_token')).organization).toBeUndefined();
      clerk.on('/oauth/userinfo', () => ({ json: { sub: 'user_bob', org_id: 'org_1' } }));
      expect((await create().verifier.verify('oat_token')).organization).toBeUndefined();
    });

    it('are not let in while userinfo is out', async () => {
      clerk.on('/oauth/userinfo', () => ({ status: 500 }));
      const given = { json: opaqueVerdict({ scopes }) };
      expect((await refused(given)).reason).toBe('unavailable');
    });
  });
});

describe('verdicts about opaque tokens', () => {
  it('are shared by concurrent callers and kept for 30 seconds', async () => {
    const { verifier } = create();
    await Promise.all(Array.from({ length: 50 }, () => verifier.verify('oat_token')));
    later(29_000);
    await verifier.verify('oat_token');
    expect(clerk.count(VERIFY_PATH)).toBe(1);
    later(2_000);
    await verifier.verify('oat_token');
    expect(clerk.count(VERIFY_PATH)).toBe(2);
  });

  it('are never kept past the expiry', async () => {
    answer({ json: opaqueVerdict({ expiration: Date.now() + 5_000 }) });
    const { verifier } = create();
    await verifier.verify('oat_token');
    later(5_000);
    expect((await refusalOf(verifier.verify('oat_token'))).reason).toBe('token_expired');
  });

  it('are kept for 10 seconds when they are refusals', async () => {
    answer({ status: 404, json: { errors: [] } });
    const { verifier } = create();
    for (let n = 0; n < 20; n += 1) await refusalOf(verifier.verify('oat_bad'));
    expect(clerk.count(VERIFY_PATH)).toBe(1);
    later(10_001);
    await refusalOf(verifier.verify('oat_bad'));
    expect(clerk.count(VERIFY_PATH)).toBe(2);
  });

  it('are not kept when they are outages', async () => {
    const { verifier } = create();
    answer({ status: 500, json: { errors: [] } });
    await refusalOf(verifier.verify('oat_token'));
    answer({ json: opaqueVerdict() });
    expect((await verifier.verify('oat_token')).userId).toBe('user_alice');
  });

  it('live on during an outage', async () => {
    const { verifier } = create();
    await verifier.verify('oat_token');
    answer({ status: 500, json: { errors: [] } });
    expect((await verifier.verify('oat_token')).userId).toBe('user_alice');
    expect((await refusalOf(verifier.verify('oat_other'))).reason).toBe('unavailable');
  });

  it('are made 20 at a time', async () => {
    answer({ hangs: true });
    const { verifier } = create({ limits: { timeoutMs: 1_000 } });
    const all = Array.from({ length: 30 }, (_, n) => refusalOf(verifier.verify(`oat_${n}`)));
    const refusals = await Promise.all(all);
    const soon = refusals.filter(
      (refusal) => refusal.reason === 'unavailable' && refusal.retryAfter === 1,
    );
    expect(soon).toHaveLength(10);
    expect(clerk.count(VERIFY_PATH)).toBe(20);
    answer({ json: opaqueVerdict() });
    expect((await verifier.verify('oat_token')).userId).toBe('user_alice');
  });
});
