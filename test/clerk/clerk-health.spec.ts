import { describe, expect, it, vi } from 'vitest';
import { ClerkHealth } from '../../src/clerk/clerk-health.js';
import { clerkOfTests } from './support/clerk-of-tests.js';
import { catchErrorLog } from './support/error-log.js';
import { createVerifier } from './support/token-verifier.js';

catchErrorLog();
const clerk = await clerkOfTests();

const create = (verifier = createVerifier(clerk.options())) => {
  const { keys, alarm, denied } = verifier;
  return new ClerkHealth(keys, alarm, denied);
};

describe('ClerkHealth', () => {
  it('is ready once there are keys, and asks once', async () => {
    const health = create();
    const ready = {
      isReady: true,
      hasKeys: true,
      isSecretKeyRejected: false,
      hasRevocations: true,
    };
    expect(await Promise.all([health.check(), health.check()])).toEqual([ready, ready]);
    expect(await health.check()).toEqual(ready);
    expect(clerk.keyFetches).toBe(1);
  });

  it('is not ready without keys, and asks with pauses', async () => {
    for (const path of ['/v1/jwks', '/.well-known/jwks.json']) {
      clerk.on(path, () => ({ status: 500 }));
    }
    const health = create();
    for (let n = 0; n < 5; n += 1) expect(await health.check()).toMatchObject({ isReady: false });
    expect(clerk.count('/v1/jwks')).toBe(1);
    clerk.reset();
    vi.setSystemTime(Date.now() + 2_001);
    expect(await health.check()).toMatchObject({ isReady: true });
  });

  it('tells a rejected secret key from an outage, and forgets it once the key is taken', async () => {
    clerk.on('/v1/jwks', () => ({ status: 401 }));
    const health = create();
    expect(await health.check()).toEqual({
      isReady: false,
      hasKeys: false,
      isSecretKeyRejected: true,
      hasRevocations: true,
    });
    clerk.reset();
    vi.setSystemTime(Date.now() + 2_001);
    expect(await health.check()).toMatchObject({ isReady: true, isSecretKeyRejected: false });
  });

  it('is not ready before it knows what other nodes have revoked', async () => {
    const verifier = createVerifier(clerk.options());
    const health = create(verifier);
    verifier.denied.isLoaded = false;
    expect(await health.check()).toMatchObject({
      isReady: false,
      hasKeys: true,
      hasRevocations: false,
    });
    verifier.denied.isLoaded = true;
    expect(await health.check()).toMatchObject({ isReady: true });
  });
});
