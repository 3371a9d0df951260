import { afterEach, describe, expect, it, vi } from 'vitest';
import { AccessRefusedError } from '../../../src/access/access.errors.js';
import type { ClerkAuthOptions } from '../../../src/clerk/clerk-auth.options.js';
import {
  type Instrumentation,
  NoInstrumentation,
} from '../../../src/instrumentation/instrumentation.js';
import { clerkOfTests, later } from '../support/clerk-of-tests.js';
import { catchErrorLog } from '../support/error-log.js';
import { opaqueVerdict, RESOURCE, VERIFY_PATH } from '../support/fake-clerk.js';
import { createVerifier, refusalIn, refusalOf } from '../support/token-verifier.js';

catchErrorLog();
const clerk = await clerkOfTests();
afterEach(() => void vi.restoreAllMocks());

describe('The verdicts of TokenVerifier', () => {
  it('asks for admission before Clerk is asked about a token that was never valid here', async () => {
    const { verifier } = createVerifier(clerk.options());
    const admit = vi.fn<() => Promise<void>>(async () => undefined);
    const verify = (token: string) => verifier.verify(token, RESOURCE, admit);
    await verify(await clerk.oauthToken());
    expect(admit).not.toHaveBeenCalled();

    admit.mockRejectedValueOnce(
      new AccessRefusedError({ reason: 'too_many_requests', retryAfter: 9 }),
    );
    expect((await refusalOf(verify('oat_token'))).reason).toBe('too_many_requests');
    expect(clerk.count(VERIFY_PATH)).toBe(0);

    expect((await refusalOf(verify('oat_token'))).reason).toBe('invalid_token');
    expect([admit.mock.calls.length, clerk.count(VERIFY_PATH)]).toEqual([2, 1]);
    // The refusal is known.
    expect((await refusalOf(verify('oat_token'))).reason).toBe('invalid_token');
    expect([admit.mock.calls.length, clerk.count(VERIFY_PATH)]).toEqual([2, 1]);
    later(10_001);
    clerk.on(VERIFY_PATH, () => ({ json: opaqueVerdict() }));
    expect((await verify('oat_token')).userId).toBe('user_alice');
    expect([admit.mock.calls.length, clerk.count(VERIFY_PATH)]).toEqual([3, 2]);
    // It was valid here.
    later(30_001);
    expect((await verify('oat_token')).userId).toBe('user_alice');
    expect([admit.mock.calls.length, clerk.count(VERIFY_PATH)]).toEqual([3, 3]);
  });

  it('uses a known verdict on an opaque token without waiting, and waits for none', async () => {
    const { verifier } = createVerifier(clerk.options());
    clerk.on(VERIFY_PATH, () => ({ json: opaqueVerdict() }));
    expect(verifier.verifyAtOnce('oat_token', RESOURCE)).toBeUndefined();
    expect(clerk.requests).toEqual([]);
    const principal = await verifier.verify('oat_token');
    expect(verifier.verifyAtOnce('oat_token', RESOURCE)).toBe(principal);
    expect(verifier.verifyAtOnce('oat_token', `${RESOURCE}/other`)).toBeUndefined();
    later(30_000);
    expect(verifier.verifyAtOnce('oat_token', RESOURCE)).toBeUndefined();
    expect(clerk.count(VERIFY_PATH)).toBe(1);
  });

  it('ends a verdict in the very millisecond', async () => {
    vi.setSystemTime(Date.now());
    const { verifier, keys } = createVerifier(clerk.options());
    await keys.get(clerk.key.kid);
    const token = await clerk.oauthToken();
    const first = verifier.verifyAtOnce(token, RESOURCE);
    later(59_999);
    expect(verifier.verifyAtOnce(token, RESOURCE)).toBe(first);
    expect(await verifier.verify(token)).toBe(first);
    later(1);
    const second = verifier.verifyAtOnce(token, RESOURCE);
    expect(second).not.toBe(first);
    later(60_000);
    expect(await verifier.verify(token)).not.toBe(second);
  });

  it('verifies anew on demand, opaque or not, and the new verdict counts', async () => {
    const { verifier } = createVerifier(clerk.options());
    clerk.on(VERIFY_PATH, () => ({ json: opaqueVerdict() }));
    const jwt = await clerk.oauthToken();
    for (const token of ['oat_token', jwt]) {
      const first = await verifier.verify(token);
      const now = await verifier.verifyNow(token, RESOURCE);
      expect(now).not.toBe(first);
      expect(await verifier.verify(token)).toBe(now);
    }
    expect(clerk.count(VERIFY_PATH)).toBe(2);
    clerk.on(VERIFY_PATH, () => ({ json: { active: false } }));
    expect((await refusalOf(verifier.verifyNow('oat_token', RESOURCE))).reason).toBe(
      'invalid_token',
    );
    expect((await refusalOf(verifier.verify('oat_token'))).reason).toBe('invalid_token');
    expect(clerk.count(VERIFY_PATH)).toBe(3);
  });

  it('accepts nobody before the revocations of other nodes are loaded', async () => {
    const { verifier, keys, denied } = createVerifier(clerk.options());
    await keys.get(clerk.key.kid);
    const token = await clerk.oauthToken();
    denied.isLoaded = false;
    const refusal = { reason: 'unavailable', retryAfter: 1 };
    for (let time = 0; time < 2; time += 1) {
      expect(await refusalOf(verifier.verify(token))).toEqual(refusal);
      expect(await refusalOf(verifier.verifyNow(token, RESOURCE))).toEqual(refusal);
      expect(refusalIn(() => verifier.verifyAtOnce(token, RESOURCE))).toEqual(refusal);
    }
    denied.isLoaded = true;
    expect((await verifier.verify(token)).userId).toBe('user_alice');
  });

  it('keeps no verdict on a token that was revoked meanwhile', async () => {
    const { verifier, denied, verdicts } = createVerifier(clerk.options());
    clerk.on(VERIFY_PATH, () => {
      denied.add({ userId: 'user_alice' });
      return { json: opaqueVerdict() };
    });
    const revoked = { reason: 'invalid_token', description: 'The access token was revoked.' };
    expect(await refusalOf(verifier.verify('oat_token'))).toEqual(revoked);
    expect(await refusalOf(verifier.verify(await clerk.oauthToken()))).toEqual(revoked);
    expect(verdicts.size).toBe(0);
  });

  it('counts which verdicts were known, and which had to be found', async () => {
    const count = vi.spyOn(NoInstrumentation.prototype as Instrumentation, 'count');
    const counted = () => {
      const kinds = count.mock.calls.map(([metric, attributes]) => {
        expect(metric).toBe('nestjs_clerk_mcp.token.verifications');
        return attributes?.['cache'];
      });
      count.mockClear();
      return kinds;
    };
    const { verifier } = createVerifier(clerk.options());
    const token = await clerk.oauthToken();
    // Without the key it is verified later, and counted then.
    expect(verifier.verifyAtOnce(token, RESOURCE)).toBeUndefined();
    expect(counted()).toEqual([]);
    await verifier.verify(token);
    expect(counted()).toEqual(['miss']);
    await verifier.verify(token);
    await verifier.verifyAtOnce(token, RESOURCE);
    expect(counted()).toEqual(['hit', 'hit']);
    await verifier.verifyAtOnce(await clerk.oauthToken(), RESOURCE);
    expect(counted()).toEqual(['miss']);
  });

  it.each<[string, Partial<ClerkAuthOptions>]>([
    ['issuer', { clerkDomain: 'https://clerk.other.example.com' }],
    ['resource', { path: '/other' }],
    ['audience', { audience: 'foreign-only' }],
    ['audiences', { audiences: ['https://old.example.com/mcp'] }],
    ['sessionAudiences', { sessionAudiences: ['https://api.example.com'] }],
    ['authorizedParties', { authorizedParties: ['https://app.example.com'] }],
    ['idTokenClientIds', { idTokenClientIds: ['client_1'] }],
    ['machineId', { machineId: 'mch_me' }],
    ['machineSecretKey', { machineSecretKey: 'ak_this' }],
    ['another machineSecretKey', { machineSecretKey: 'ak_other' }],
    ['acceptedTokens', { acceptedTokens: ['oauth_token'] }],
  ])('shares no verdict with a service of another %s', (_, change) => {
    const keyWith = (options: Partial<ClerkAuthOptions>) => {
      const { verifier, verdicts, resolved } = createVerifier(clerk.options(options));
      const get = vi.spyOn(verdicts, 'get');
      verifier.verifyAtOnce('oat_token', resolved.resource);
      return get.mock.calls[0]?.[0];
    };
    const key = keyWith({});
    expect(key).toMatch(/^[\w-]{43}:oauth_token:[\w-]{43}$/);
    expect(keyWith({})).toBe(key);
    expect(keyWith(change)).toMatch(/^[\w-]{43}:oauth_token:[\w-]{43}$/);
    expect(keyWith(change)).not.toBe(key);
    if ('machineSecretKey' in change) {
      expect(keyWith(change)).not.toBe(keyWith({ machineSecretKey: 'ak_third' }));
    }
  });

  it('shares no verdict on a JWT between sets of keys', async () => {
    const keyWith = async (options: Partial<ClerkAuthOptions> = {}) => {
      const { verifier, verdicts, keys } = createVerifier(clerk.options(options));
      await keys.areAvailable();
      const get = vi.spyOn(verdicts, 'get');
      await verifier.verify(token);
      return get.mock.calls[0]?.[0];
    };
    const token = await clerk.oauthToken();
    const key = await keyWith();
    expect(await keyWith()).toBe(key);
    expect(await keyWith({ jwtKey: clerk.key.pem })).not.toBe(key);
    clerk.on('/v1/jwks', () => ({
      json: { keys: [clerk.key.jwk, { ...clerk.key.jwk, kid: 'x' }] },
    }));
    expect(await keyWith()).not.toBe(key);
  });
});
