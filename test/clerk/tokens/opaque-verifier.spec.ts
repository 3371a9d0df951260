import { Logger } from '@nestjs/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClerkAuthOptions } from '../../../src/clerk/clerk-auth.options.js';
import { clerkOfTests } from '../support/clerk-of-tests.js';
import { catchErrorLog } from '../support/error-log.js';
import { opaqueVerdict, VERIFY_PATH, type FakeAnswer } from '../support/fake-clerk.js';
import { createVerifier, refusalOf } from '../support/token-verifier.js';

catchErrorLog();
const clerk = await clerkOfTests();
beforeEach(() => answer({ json: opaqueVerdict() }));

const answer = (given: FakeAnswer) => clerk.on(VERIFY_PATH, () => given);
const create = (options: Partial<ClerkAuthOptions> = {}) => createVerifier(clerk.options(options));
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

  it('say since when, for whom and for what they are', async () => {
    const created = Math.floor(Date.now() / 1000) - 60;
    answer({ json: opaqueVerdict({ created_at: created, scopes: ['email', '', 'a', 'email'] }) });
    const principal = await create().verifier.verify('oat_token');
    expect(principal).toMatchObject({ issuedAt: created * 1000, scopes: ['email', 'a'] });
    expect(principal.claims).toEqual({
      iss: clerk.url,
      sub: 'user_alice',
      jti: 'oat_0123',
      client_id: 'client_1',
      scope: 'email a',
    });
  });

  it.each([undefined, null, '', 7, ['client_1']])('of the client %j belong to none', async (id) => {
    answer({ json: opaqueVerdict({ client_id: id, id, created_at: 'today' }) });
    const principal = await create().verifier.verify('oat_token');
    expect(principal).not.toHaveProperty('clientId');
    expect(principal).not.toHaveProperty('issuedAt');
    expect(principal.claims).not.toHaveProperty('client_id');
    expect(principal.claims).not.toHaveProperty('jti');
  });

  it.each<[string, FakeAnswer, RegExp]>([
    ['that Clerk does not know (404)', { status: 404, json: { errors: [] } }, /is unknown/],
    ['that Clerk finds malformed (400)', { status: 400, json: { errors: [] } }, /is unknown/],
    ['with the revoked flag', { json: opaqueVerdict({ revoked: true }) }, /was revoked/],
    ['with {active:false}', { json: { active: false } }, /is not active/],
    ['of nobody', { json: opaqueVerdict({ subject: 'mch_1' }) }, /subject .* known kind/],
    [
      'of a foreign audience',
      { json: opaqueVerdict({ aud: ['https://other.example.com'] }) },
      /issued for another resource/,
    ],
    ['of no audience', { json: opaqueVerdict({ aud: undefined }) }, /names no audience/],
  ])('%s are invalid', async (_, given, description) => {
    expect(await refused(given)).toEqual({
      reason: 'invalid_token',
      description: expect.stringMatching(description),
    });
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
    ['the flag "revoked" missing', { json: opaqueVerdict({ revoked: undefined }) }],
    ['the flag "expired" missing', { json: opaqueVerdict({ expired: undefined }) }],
    ['a flag that is text', { json: opaqueVerdict({ expired: 'false' }) }],
    ['scopes that are not text', { json: opaqueVerdict({ scopes: ['profile', 7] }) }],
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
    // The key of the machine is for machine tokens alone.
    for (const machineSecretKey of [undefined, 'ak_this']) {
      const { verifier, alarm } = create({ machineSecretKey });
      answer({ status, json: { errors: [{ code: 'clerk_key_invalid' }] } });
      expect(await refusalOf(verifier.verify('oat_token'))).toEqual({ reason: 'misconfigured' });
      expect(alarm.isRejected).toBe(true);
      answer({ json: opaqueVerdict() });
      await verifier.verify('oat_token');
      expect(alarm.isRejected).toBe(false);
    }
  });

  it('are an outage when the SDK returns nothing', async () => {
    for (const nothing of [undefined, null]) {
      const { verifier, client } = create();
      vi.spyOn(client.idPOAuthAccessToken, 'verify').mockResolvedValue(nothing as never);
      expect((await refusalOf(verifier.verify('oat_token'))).reason).toBe('unavailable');
    }
  });

  it('cannot be verified without a secret key, and the log says how to change that', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const publishableKey = 'pk_test_Y2xlcmsuZXhhbXBsZS5jb20k';
    // The key of a machine opens no other tokens.
    const { verifier } = create({ secretKey: '', publishableKey, machineSecretKey: 'ak_this' });
    for (const token of ['oat_one', 'oat_two']) {
      expect(await refusalOf(verifier.verify(token))).toEqual({
        reason: 'invalid_token',
        description: 'Opaque tokens of this kind cannot be verified here, only JWTs.',
      });
    }
    expect(clerk.requests).toEqual([]);
    expect(warn.mock.calls).toEqual([[expect.stringContaining('Set CLERK_SECRET_KEY')]]);
    warn.mockRestore();
  });

  it('of a kind that is not accepted are refused without any network', async () => {
    const { verifier } = create({ acceptedTokens: ['api_key'] });
    for (const token of ['oat_token', 'mt_token']) {
      expect(await refusalOf(verifier.verify(token))).toEqual({
        reason: 'invalid_token',
        description: 'This kind of token is not accepted here.',
      });
    }
    expect(clerk.requests).toEqual([]);
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
      const alice = { sub: 'user_alice', org_id: 'org_1' };
      for (const given of [
        { status: 403, json: alice },
        { status: 404, text: 'Not Found' },
        { json: { ...alice, sub: 'user_bob' } },
        { json: { ...alice, sub: undefined } },
        { json: { ...alice, org_id: undefined } },
        { json: { ...alice, org_id: '' } },
        { json: { ...alice, org_id: 7 } },
      ]) {
        clerk.on('/oauth/userinfo', () => given);
        const principal = await create().verifier.verify('oat_token');
        expect(principal).not.toHaveProperty('organization');
        expect(principal.claims).not.toHaveProperty('org_id');
      }
    });

    it('act in an organization without a slug', async () => {
      answer({ json: opaqueVerdict({ scopes }) });
      clerk.on('/oauth/userinfo', () => ({
        json: { sub: 'user_alice', org_id: 'org_1', org_slug: null },
      }));
      const { organization, claims } = await create().verifier.verify('oat_token');
      expect(organization).toStrictEqual({ id: 'org_1' });
      expect(claims['org_id']).toBe('org_1');
    });

    it.each<[string, FakeAnswer, number]>([
      ['is out', { status: 500 }, 5],
      ['asks for a pause', { status: 429, headers: { 'retry-after': '9' } }, 9],
      ['hangs', { hangs: true }, 5],
      ['answers with something else than JSON', { text: '<html>' }, 5],
      ['answers with a list', { json: [] }, 5],
    ])('are not let in while userinfo %s', async (_, given, retryAfter) => {
      clerk.on('/oauth/userinfo', () => given);
      answer({ json: opaqueVerdict({ scopes }) });
      const { verifier } = create({ limits: { timeoutMs: 1_000 } });
      expect(await refusalOf(verifier.verify('oat_token'))).toEqual({
        reason: 'unavailable',
        retryAfter,
      });
    });

    it('are asked about at userinfo with this scope alone', async () => {
      answer({ json: opaqueVerdict({ scopes: ['profile', 'user:org:read:all'] }) });
      await create().verifier.verify('oat_token');
      expect(clerk.count('/oauth/userinfo')).toBe(0);
    });
  });
});
