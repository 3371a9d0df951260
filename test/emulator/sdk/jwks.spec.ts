import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../../../src/emulator/index.js';
import { recorded, sdkOf } from './support.js';

describe('clerk.jwks', () => {
  let emulator: ClerkEmulator;

  beforeAll(async () => {
    emulator = await startClerkEmulator();
  });
  afterAll(() => emulator.close());

  it('returns the public keys, newest first, by every method of the SDK', async () => {
    const jwks = recorded(sdkOf(emulator).jwks);
    const kid = await emulator.keys.rotate();
    const { keys } = await jwks.api.getJwks();
    expect(keys).toHaveLength(2);
    expect(keys?.[0]).toMatchObject({ kid, kty: 'RSA', alg: 'RS256', use: 'sig' });
    expect(keys?.[0]).not.toHaveProperty('d');
    expect(jwks.uncalled()).toEqual([]);
  });
});
