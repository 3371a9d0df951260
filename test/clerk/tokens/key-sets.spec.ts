import { createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { JWK } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ClerkAuthOptions } from '../../../src/clerk/clerk-auth.options.js';
import { ClerkConfigurationError } from '../../../src/clerk/clerk.errors.js';
import { readPublicKey } from '../../../src/clerk/tokens/signing-keys.js';
import { createKey, FakeClerk, type FakeAnswer } from '../support/fake-clerk.js';
import { createVerifier, refusalOf } from '../support/token-verifier.js';

let clerk: FakeClerk;
beforeAll(async () => {
  clerk = await FakeClerk.start();
});
afterAll(() => clerk.close());
beforeEach(() => clerk.reset());

const BACKEND = '/v1/jwks';
const FRONTEND = '/.well-known/jwks.json';
const create = (options: Partial<ClerkAuthOptions> = {}) => createVerifier(clerk.options(options));
const both = (answer: FakeAnswer) => {
  clerk.on(BACKEND, () => answer);
  clerk.on(FRONTEND, () => answer);
};

describe('A set of keys', () => {
  it('ignores keys that are short, symmetric, or not for signing', async () => {
    const { jwk } = clerk.key;
    const short = await createKey('short', 2048);
    const keys = [
      { ...jwk, kid: 'enc', use: 'enc' },
      { ...jwk, kid: 'rs512', alg: 'RS512' },
      { ...short.jwk, n: short.jwk.n?.slice(0, 171) },
      { kty: 'oct', k: 'AAAA', kid: 'oct' },
      { ...jwk, kid: 'e3', e: 'Aw' },
      { ...jwk, kid: 7 },
      'junk',
    ];
    both({ json: { keys } });
    expect((await refusalOf(create().verifier.verify(await clerk.oauthToken()))).reason).toBe(
      'unavailable',
    );
  });

  it('takes a key that does not say what it is for', async () => {
    const { use: _, alg: __, ...jwk } = clerk.key.jwk;
    both({ json: { keys: [jwk] } });
    expect((await create().verifier.verify(await clerk.oauthToken())).userId).toBe('user_alice');
  });

  it('reads no more than 64 keys', async () => {
    const others = Array.from({ length: 63 }, (_, n) => ({ kty: 'oct', kid: `oct_${n}` }));
    both({ json: { keys: [...others, clerk.key.jwk] } });
    expect((await create().verifier.verify(await clerk.oauthToken())).userId).toBe('user_alice');
    both({ json: { keys: [{ kty: 'oct' }, ...others, clerk.key.jwk] } });
    const { reason } = await refusalOf(create().verifier.verify(await clerk.oauthToken()));
    expect(reason).toBe('unavailable');
  });

  it('has a fingerprint that changes with the keys and their ids, not with their order', async () => {
    const fingerprintOf = async (...jwks: readonly object[]) => {
      both({ json: { keys: jwks } });
      const { keys } = create();
      expect(keys.fingerprint).toBe('');
      await keys.areAvailable();
      return keys.fingerprint;
    };
    const one = clerk.key.jwk;
    const two = { ...one, kid: 'ins_2', n: `${one.n?.slice(0, -4)}AAAB` };
    const together = await fingerprintOf(one, two);
    expect(together).toMatch(/^[\w-]{43}$/);
    expect(await fingerprintOf(two, one)).toBe(together);
    const others = [
      await fingerprintOf(one),
      await fingerprintOf(two),
      await fingerprintOf({ ...one, kid: 'ins_3' }),
      await fingerprintOf({ ...one, kid: two.kid }, { ...two, kid: one.kid }),
    ];
    expect(new Set([together, ...others]).size).toBe(5);
  });

  it.each([7, undefined, null, ['ins_1'], 'toString', '__proto__'])(
    'has no key with the id %j',
    async (kid) => {
      const { keys } = create();
      await keys.areAvailable();
      expect(keys.tryGet(kid)).toBeUndefined();
      expect(await refusalOf(keys.get(kid))).toEqual({
        reason: 'invalid_token',
        description: 'The access token is signed with an unknown key.',
      });
    },
  );
});

describe('readPublicKey', () => {
  const pemOf = (key: KeyObject) => String(key.export({ type: 'spki', format: 'pem' }));
  const rsa = (change: JWK) =>
    pemOf(createPublicKey({ key: { ...clerk.key.jwk, ...change } as JsonWebKey, format: 'jwk' }));

  it('writes a key in the one form that the SDK expects', () => {
    const pem = readPublicKey(clerk.key.pem);
    expect(createPublicKey(pem).equals(createPublicKey(clerk.key.pem))).toBe(true);
    expect(pem).toBe(clerk.key.pem.trim().replace(/(?<!-)\n(?!-)/g, ''));
    expect(readPublicKey(clerk.key.pem.replaceAll('\n', '\\n'))).toBe(pem);
  });

  it.each([
    ['no key', () => 'sk_test_secret'],
    ['an RSA key of less than 2,048 bits', () => rsa({ n: String(clerk.key.jwk.n).slice(0, -2) })],
    ['an RSA key with another exponent', () => rsa({ e: 'Aw' })],
    ['a key on a curve', () => pemOf(generateKeyPairSync('ed25519').publicKey)],
  ])('refuses %s, and says what to do', (_, pem) => {
    const read = () => readPublicKey(pem());
    expect(read).toThrow(ClerkConfigurationError);
    expect(read).toThrow(/2,048 bits or more.*Copy the JWT public key/);
    expect(read).toThrow(expect.objectContaining({ cause: expect.any(Error) }));
    expect(read).not.toThrow(/secret/);
  });
});
