import { createHmac, KeyObject, sign } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ClerkAuthOptions } from '../../../src/clerk/clerk-auth.options.js';
import { createKey, FakeClerk } from '../support/fake-clerk.js';
import { createVerifier, refusalOf } from '../support/token-verifier.js';

let clerk: FakeClerk;
beforeAll(async () => {
  clerk = await FakeClerk.start();
});
afterAll(() => clerk.close());
beforeEach(() => clerk.reset());

const verify = (token: string, options: Partial<ClerkAuthOptions> = {}) =>
  createVerifier(clerk.options(options)).verifier.verify(token);
const invalid = async (token: string, options: Partial<ClerkAuthOptions> = {}) => {
  const refusal = await refusalOf(verify(token, options));
  expect(refusal.reason).toBe('invalid_token');
  const { description } = refusal as { description: string };
  expect(description).not.toContain(token.slice(0, 20));
  expect(description).not.toContain('127.0.0.1');
  return description;
};
/** A token with another text in its header and its claims, signed by Clerk. */
const resigned = (
  token: string,
  change: (head: string, body: string) => readonly [string, string],
): string => {
  const [head = '', body = ''] = token
    .split('.')
    .map((part) => Buffer.from(part, 'base64url').toString());
  const text = change(head, body)
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');
  const privateKey = KeyObject.from(clerk.key.pair.privateKey);
  return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
};
const past = () => Math.floor(Date.now() / 1000) - 60;
const future = () => Math.floor(Date.now() / 1000) + 60;

describe('every JWT', () => {
  const kinds = [
    ['OAuth token', (claims = {}, header = {}) => clerk.oauthToken(claims, header)],
    ['session token', (claims = {}, header = {}) => clerk.sessionToken(claims, header)],
  ] as const;

  describe.each(kinds)('(%s)', (_, token) => {
    it('of another issuer is refused before any network', async () => {
      await invalid(await token({ iss: 'https://clerk.evil.example.com' }));
      await invalid(await token({ iss: `${clerk.url}/` }));
      await invalid(await token({ iss: undefined }));
      expect(clerk.requests).toEqual([]);
    });

    it('with a wrong signature is refused', async () => {
      const forger = await createKey(clerk.key.kid);
      const real = clerk.keys;
      clerk.keys = [forger];
      const forged = await token();
      clerk.keys = real;
      await invalid(forged);
    });

    it('with altered claims is refused', async () => {
      const [head = '', body = '', signature = ''] = (await token()).split('.');
      const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
      const altered = Buffer.from(JSON.stringify({ ...claims, sub: 'user_bob' }));
      await invalid(`${head}.${altered.toString('base64url')}.${signature}`);
    });

    it('with alg none is refused before any network', async () => {
      const [, body = ''] = (await token()).split('.');
      const head = Buffer.from(JSON.stringify({ alg: 'none', kid: clerk.key.kid, typ: 'JWT' }));
      await invalid(`${head.toString('base64url')}.${body}.`);
      await invalid(`${head.toString('base64url')}.${body}.AA`);
      expect(clerk.requests).toEqual([]);
    });

    it('signed by HS256 with the public key is refused', async () => {
      const [head = '', body = ''] = (await token()).split('.');
      const header = JSON.parse(Buffer.from(head, 'base64url').toString());
      const hs256 = Buffer.from(JSON.stringify({ ...header, alg: 'HS256' })).toString('base64url');
      const mac = createHmac('sha256', clerk.key.pem).update(`${hs256}.${body}`);
      await invalid(`${hs256}.${body}.${mac.digest('base64url')}`);
    });

    it('that is expired is called so', async () => {
      expect(await refusalOf(verify(await token({ exp: past() })))).toEqual({
        reason: 'token_expired',
      });
    });

    it('that is expired and forged is called invalid', async () => {
      const real = clerk.keys;
      clerk.keys = [await createKey(clerk.key.kid)];
      const forged = await token({ exp: past() });
      clerk.keys = real;
      await invalid(forged);
      await invalid(await token({ exp: past(), sub: 'org_1' }));
    });

    it('that is expired and not valid yet is called invalid', async () => {
      await invalid(await token({ exp: past(), nbf: future() }));
      await invalid(await token({ exp: past(), iat: future() }));
    });

    it('without an expiry is refused', async () => {
      for (const exp of [undefined, '4102444800', null, [4_102_444_800]]) {
        expect(await invalid(await token({ exp }))).toBe('The access token has no time of expiry.');
      }
      // JSON has no infinity, but a number that is too large is one.
      const never = resigned(await token({ exp: 1 }), (head, body) => [
        head,
        body.replace('"exp":1', '"exp":1e999'),
      ]);
      expect(await invalid(never)).toBe('The access token has no time of expiry.');
    });

    it('with a critical header is refused, even if Clerk signed it', async () => {
      for (const crit of ['["exp"]', '[]', 'null', '""', 'false']) {
        const critical = resigned(await token(), (head, body) => [
          head.replace('{', `{"crit":${crit},`),
          body,
        ]);
        expect(await invalid(critical)).toBe('The access token is not signed with RS256.');
      }
      const same = resigned(await token(), (head, body) => [head, body]);
      expect((await verify(same)).userId).toBe('user_alice');
    });

    it('of a kind that is not clear is refused before any network', async () => {
      for (const header of [
        { typ: 'logout+jwt' },
        { typ: 7 },
        { typ: 'JWT', cat: 'cl_unknown' },
        { typ: 'JWT', cat: 7 },
      ]) {
        expect(await invalid(await token({}, header))).toBe(
          'This kind of token is not accepted here.',
        );
      }
      expect(clerk.requests).toEqual([]);
    });

    it('that is not valid yet or from the future is refused, 5 seconds aside', async () => {
      await invalid(await token({ nbf: future() }));
      await invalid(await token({ iat: future() }));
      const soon = Math.floor(Date.now() / 1000) + 2;
      expect((await verify(await token({ nbf: soon, iat: soon }))).userId).toBe('user_alice');
    });

    it('with an unknown type, category or critical header is refused', async () => {
      await invalid(await token({}, { typ: 'logout+jwt' }));
      await invalid(await token({}, { typ: 'JWT', cat: 'cl_unknown' }));
      await invalid(await token({}, { kid: 7 }));
    });
  });

  it('that is malformed is refused before any network', async () => {
    for (const token of ['x', 'a.b', 'a.b.c', 'e30.e30.', '..', 'e30.W10.AA', 'bnVsbA.e30.AA']) {
      await invalid(token);
    }
    await invalid(`e30.${'A'.repeat(9000)}.AA`);
    expect(clerk.requests).toEqual([]);
  });
});

describe('a configured key', () => {
  it('verifies without any fetch, with line breaks written as \\n too', async () => {
    const jwtKey = clerk.key.pem.replaceAll('\n', '\\n');
    expect((await verify(await clerk.oauthToken(), { jwtKey })).userId).toBe('user_alice');
    expect(clerk.requests).toEqual([]);
  });

  it('may be longer than 2,048 bits', async () => {
    const long = await createKey('ins_long', 3072);
    clerk.keys = [long];
    const token = await clerk.oauthToken();
    expect((await verify(token, { jwtKey: long.pem })).userId).toBe('user_alice');
    expect((await verify(token)).userId).toBe('user_alice');
  });
});
