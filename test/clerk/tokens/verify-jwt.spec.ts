import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isGenuine } from '../../../src/clerk/tokens/verify-jwt.js';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

function underTest(claims: Record<string, unknown>, header = { alg: 'RS256', typ: 'at+jwt' }) {
  const text = `${base64url(header)}.${base64url(claims)}`;
  const token = `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
  return { token, kind: 'oauth_token', header, claims, key: publicKey } as const;
}

describe('isGenuine', () => {
  it('takes a token that is signed with the key, and no other', () => {
    const jwt = underTest({ sub: 'user_1' });
    expect(isGenuine(jwt)).toBe(true);
    const { publicKey: other } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    expect(isGenuine({ ...jwt, key: other })).toBe(false);
  });

  it.each([undefined, null, 7, ['user_1'], {}])('turns the subject %j down', (sub) => {
    expect(isGenuine(underTest({ sub }))).toBe(false);
  });
});
