import { ClerkAPIResponseError } from '@clerk/backend/errors';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AccessRefusedError } from '../../../src/access/access.errors.js';
import { PresentedToken } from '../../../src/clerk/tokens/presented-token.js';
import { AudienceLog } from '../../../src/clerk/tokens/audience-log.js';
import { JwtVerifier } from '../../../src/clerk/tokens/jwt-verifier.js';
import { clerkOfTests, later } from '../support/clerk-of-tests.js';
import { catchErrorLog } from '../support/error-log.js';
import { RESOURCE } from '../support/fake-clerk.js';
import { createVerifier, refusalIn, refusalOf } from '../support/token-verifier.js';

catchErrorLog();
const clerk = await clerkOfTests();
afterEach(() => void vi.restoreAllMocks());

describe('TokenVerifier', () => {
  it('verifies a JWT once for concurrent and repeated callers', async () => {
    const { verifier } = createVerifier(clerk.options());
    const verification = vi.spyOn(JwtVerifier.prototype, 'verify');
    const token = await clerk.oauthToken();
    const first = await Promise.all(Array.from({ length: 20 }, () => verifier.verify(token)));
    later(59_000);
    expect(await verifier.verify(token)).toBe(first[0]);
    expect(verification).toHaveBeenCalledTimes(1);
    later(2_000);
    await verifier.verify(token);
    expect(verification).toHaveBeenCalledTimes(2);
  });

  it('verifies at once when the key is at hand, and remembers it', async () => {
    const { verifier, keys } = createVerifier(clerk.options());
    const token = await clerk.oauthToken();
    expect(verifier.verifyAtOnce(token, RESOURCE)).toBeUndefined();
    await keys.get(clerk.key.kid);
    const principal = verifier.verifyAtOnce(token, RESOURCE);
    expect(principal).toMatchObject({ userId: 'user_alice' });
    expect(await verifier.verify(token)).toBe(principal);
    expect(() => verifier.verifyAtOnce(`${token.slice(0, -4)}AAAA`, RESOURCE)).toThrow(
      AccessRefusedError,
    );
  });

  it('verifies a token of Clerk that is refused once in a while, at once and later', async () => {
    const { verifier, keys } = createVerifier(clerk.options());
    await keys.get(clerk.key.kid);
    const verifications = [
      vi.spyOn(JwtVerifier.prototype, 'verifyAtOnce'),
      vi.spyOn(JwtVerifier.prototype, 'verify'),
    ];
    const count = () => verifications.reduce((sum, { mock }) => sum + mock.calls.length, 0);
    const expired = await clerk.oauthToken({ exp: Math.floor(Date.now() / 1000) - 60 });
    const foreign = await clerk.oauthToken({ aud: 'https://elsewhere.example.com' });
    for (const [token, reason] of [
      [expired, 'token_expired'],
      [foreign, 'invalid_token'],
    ] as const) {
      const before = count();
      for (let time = 0; time < 3; time += 1) {
        expect(refusalIn(() => verifier.verifyAtOnce(token, RESOURCE))).toMatchObject({ reason });
        expect(await refusalOf(verifier.verify(token))).toMatchObject({ reason });
      }
      expect(count()).toBe(before + 1);
      later(10_001);
      expect(await refusalOf(verifier.verify(token))).toMatchObject({ reason });
      expect(count()).toBe(before + 2);
    }
  });

  it('remembers no refusal that can become wrong, or that anyone can cause', async () => {
    const { verifier, keys, verdicts } = createVerifier(clerk.options());
    await keys.get(clerk.key.kid);
    const soon = Math.floor(Date.now() / 1000) + 8;
    const early = await clerk.oauthToken({ iat: soon, nbf: soon });
    const forged = `${(await clerk.oauthToken()).slice(0, -4)}AAAA`;
    const pending = await clerk.sessionToken({ sts: 'pending' });
    for (const token of [early, forged, pending]) {
      expect(refusalIn(() => verifier.verifyAtOnce(token, RESOURCE))).toMatchObject({
        reason: 'invalid_token',
      });
    }
    expect(verdicts.size).toBe(0);
    later(8_000);
    expect(verifier.verifyAtOnce(early, RESOURCE)).toMatchObject({ userId: 'user_alice' });
  });

  it('lets a renewed verification replace a refusal, and a refusal replace a verdict', async () => {
    const { verifier, verdicts } = createVerifier(clerk.options());
    const token = await clerk.sessionToken({ exp: Math.floor(Date.now() / 1000) + 10 });
    await verifier.verify(token);
    later(10_000);
    expect(await refusalOf(verifier.verifyNow(token, RESOURCE))).toEqual({
      reason: 'token_expired',
    });
    expect(verdicts.size).toBe(1);
    later(-5_000);
    expect((await verifier.verifyNow(token, RESOURCE)).userId).toBe('user_alice');
    expect((await verifier.verify(token)).userId).toBe('user_alice');
    expect(verdicts.size).toBe(1);
  });

  it('does not take a key that is stale for one at hand', async () => {
    const { verifier, keys } = createVerifier(clerk.options());
    await keys.get(clerk.key.kid);
    later(3_601_000);
    expect(verifier.verifyAtOnce(await clerk.oauthToken(), RESOURCE)).toBeUndefined();
  });

  it('refuses at once what was revoked, verified before or not', async () => {
    const { verifier, keys, denied } = createVerifier(clerk.options());
    await keys.get(clerk.key.kid);
    const [known, fresh] = [await clerk.oauthToken(), await clerk.oauthToken()];
    await verifier.verify(known);
    denied.add({ userId: 'user_alice' });
    for (const token of [known, fresh]) {
      expect(() => verifier.verifyAtOnce(token, RESOURCE)).toThrow(AccessRefusedError);
    }
  });

  it('waits for a cache that answers later', async () => {
    const { verifier, keys, verdicts } = createVerifier(clerk.options());
    await keys.get(clerk.key.kid);
    const token = await clerk.oauthToken();
    const set = vi.spyOn(verdicts, 'set').mockReturnValue(Promise.resolve() as never);
    const principal = verifier.verifyAtOnce(token, RESOURCE);
    expect(principal).toBeInstanceOf(Promise);
    expect(await principal).toMatchObject({ userId: 'user_alice' });
    expect(set).toHaveBeenCalledTimes(1);
    vi.spyOn(verdicts, 'get').mockReturnValue(Promise.resolve() as never);
    expect(verifier.verifyAtOnce(token, RESOURCE)).toBeUndefined();
  });

  it('refuses a token from the millisecond on in which it expires', async () => {
    const exp = Math.floor(Date.now() / 1000) + 10;
    const token = await clerk.oauthToken({ exp });
    const verify = () => createVerifier(clerk.options()).verifier.verify(token);
    vi.setSystemTime(exp * 1_000 - 1);
    expect((await verify()).expiresAt).toBe(exp * 1_000);
    vi.setSystemTime(exp * 1_000);
    expect(await refusalOf(verify())).toEqual({ reason: 'token_expired' });
  });

  it('does not take an error of its own for a refusal', async () => {
    const { verifier, keys, verdicts } = createVerifier(clerk.options());
    await keys.get(clerk.key.kid);
    vi.spyOn(AudienceLog.prototype, 'watch').mockImplementation(() => {
      throw new TypeError('A mistake.');
    });
    const token = await clerk.oauthToken();
    await expect(verifier.verify(token)).rejects.toThrow(TypeError);
    expect(() => verifier.verifyAtOnce(token, RESOURCE)).toThrow(TypeError);
    expect(verdicts.size).toBe(0);
  });

  it('never keeps a verdict past the expiry of the token', async () => {
    const { verifier } = createVerifier(clerk.options());
    const token = await clerk.sessionToken({ exp: Math.floor(Date.now() / 1000) + 10 });
    await verifier.verify(token);
    later(8_000);
    expect((await verifier.verify(token)).userId).toBe('user_alice');
    later(2_000);
    expect(await refusalOf(verifier.verify(token))).toEqual({ reason: 'token_expired' });
  });

  it('keeps verdicts during an outage', async () => {
    const { verifier } = createVerifier(clerk.options());
    const token = await clerk.oauthToken();
    await verifier.verify(token);
    clerk.on('/v1/jwks', () => ({ status: 500 }));
    clerk.on('/.well-known/jwks.json', () => ({ status: 500 }));
    later(30_000);
    expect((await verifier.verify(token)).userId).toBe('user_alice');
  });

  it('holds no more than its bound after 10,000 bad tokens, and still the good one', async () => {
    const { verifier, verdicts, client } = createVerifier(
      clerk.options({
        limits: {
          maxVerdicts: 100,
          maxConcurrentVerifications: 100,
          maxUnknownTokens: 1_000_000,
        },
      }),
    );
    const unknown = new ClerkAPIResponseError('Not Found', { data: [], status: 404 });
    const ask = vi.spyOn(client.idPOAuthAccessToken, 'verify').mockRejectedValue(unknown);
    const good = await clerk.oauthToken();
    const principal = await verifier.verify(good);
    for (let batch = 0; batch < 100; batch += 1) {
      const bad = Array.from({ length: 100 }, (_, n) => `oat_bad_${batch}_${n}`);
      await Promise.all(bad.map((token) => refusalOf(verifier.verify(token))));
    }
    expect(ask).toHaveBeenCalledTimes(10_000);
    expect(verdicts.size).toBe(101);
    expect(await verifier.verify(good)).toBe(principal);
  });

  it('shares no verdict with a service that judges by other rules', async () => {
    const { verifier, verdicts } = createVerifier(clerk.options());
    const other = createVerifier(clerk.options({ path: 'other' }));
    await other.verifier.verify(await clerk.oauthToken({ aud: 'https://mcp.example.com/other' }));
    // One cache for both, as two services on one Redis would have it.
    vi.spyOn(verdicts, 'set').mockImplementation((key, verdict) =>
      other.verdicts.set(key, verdict),
    );
    const token = await clerk.oauthToken();
    await verifier.verify(token);
    expect(other.verdicts.size).toBe(2);
    expect((await refusalOf(other.verifier.verify(token))).reason).toBe('invalid_token');
  });

  it('tells tokens apart that differ in one character', async () => {
    const { verifier } = createVerifier(clerk.options());
    const alice = await verifier.verify(await clerk.oauthToken());
    const bob = await verifier.verify(await clerk.oauthToken({ sub: 'user_bob' }));
    expect([alice.userId, bob.userId]).toEqual(['user_alice', 'user_bob']);
  });

  it('never keeps the token itself', async () => {
    const { verifier, verdicts } = createVerifier(clerk.options());
    const kept = vi.spyOn(verdicts, 'set');
    const token = await clerk.oauthToken();
    await verifier.verify(token);
    expect(kept).toHaveBeenCalledTimes(1);
    expect(JSON.stringify(kept.mock.calls)).not.toContain(token.slice(0, 30));
  });

  it('refuses a token of more than 8 KB before it is digested or looked up', async () => {
    const { verifier, verdicts } = createVerifier(clerk.options());
    const get = vi.spyOn(verdicts, 'get');
    for (const token of [`oat_${'a'.repeat(8_189)}`, new PresentedToken('a'.repeat(8_193))]) {
      expect(await refusalOf(verifier.verify(token))).toEqual({
        reason: 'invalid_token',
        description: 'The access token is over 8 KB.',
      });
      expect(verifier.verifyAtOnce(token, RESOURCE)).toBeUndefined();
    }
    expect(get).not.toHaveBeenCalled();
    expect(await refusalOf(verifier.verify('a'.repeat(8_192)))).toMatchObject({
      description: 'The access token is malformed.',
    });
    expect(get).toHaveBeenCalledTimes(1);
  });
});
