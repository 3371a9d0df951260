import { generateKeyPairSync, sign } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isGenuine } from '../../../src/clerk/tokens/verify-jwt.js';

type Jwt = Parameters<typeof isGenuine>[0];

const NOW = 1_800_000_000;
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

function underTest(
  claims: Record<string, unknown>,
  header: Record<string, unknown> = { alg: 'RS256', typ: 'at+jwt' },
  kind: Jwt['kind'] = 'oauth_token',
): Jwt {
  const text = `${base64url(header)}.${base64url(claims)}`;
  const token = `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
  return { token, kind, header, claims, key: publicKey };
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1_000 }));
afterEach(() => void vi.useRealTimers());

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

  describe.each(['nbf', 'iat'])('takes %s', (claim) => {
    it.each([
      ['that is missing', undefined, true],
      ['in the past', NOW - 86_400, true],
      ['now', NOW, true],
      ['5 seconds ahead, as clocks may differ', NOW + 5, true],
      ['less than 6 seconds ahead, as seconds are whole', NOW + 5.9, true],
      ['6 seconds ahead', NOW + 6, false],
      ['in milliseconds', NOW * 1_000, false],
      ['that is text', String(NOW), false],
      ['that is null', null, false],
      ['in a list', [NOW], false],
    ])('%s: %s, %s', (_, time, isTaken) => {
      expect(isGenuine(underTest({ sub: 'user_1', [claim]: time }))).toBe(isTaken);
    });
  });

  it.each([
    ['oauth_token', 'at+jwt', undefined, true],
    ['oauth_token', 'application/at+jwt', 'any', true],
    ['oauth_token', 'AT+JWT', undefined, false],
    ['oauth_token', 'JWT', undefined, false],
    ['oauth_token', undefined, undefined, false],
    ['session_token', 'JWT', 'cl_B7d4PD111AAA', true],
    ['session_token', undefined, 'cl_I7d4PD111III', true],
    ['session_token', undefined, undefined, true],
    ['session_token', 'jwt', 'cl_B7d4PD111AAA', false],
    ['session_token', 'at+jwt', 'cl_B7d4PD111AAA', false],
    ['session_token', 'JWT', 'cl_B7d4PD222AAA', false],
    ['session_token', 'JWT', null, false],
    ['m2m_token', 'JWT', 'cl_B7d4PD333AAA', true],
    ['m2m_token', undefined, undefined, true],
    ['m2m_token', 'JWT', 'cl_B7d4PD111AAA', false],
    ['m2m_token', 'at+jwt', undefined, false],
    ['id_token', 'JWT', undefined, true],
    ['id_token', 'at+jwt', undefined, false],
    ['jwt_template', 'JWT', 'cl_B7d4PD222AAA', true],
    ['jwt_template', 7, 'cl_B7d4PD222AAA', false],
  ] as const)('takes a %s with typ %s and cat %s: %s', (kind, typ, cat, isTaken) => {
    const header = { alg: 'RS256', typ, cat };
    expect(isGenuine(underTest({ sub: 'user_1' }, header, kind))).toBe(isTaken);
  });

  it.each([
    [{ scope: 'profile' }, true],
    [{ scope: '' }, true],
    [{ scope: null }, true],
    [{ scope: 7 }, false],
    [{ scope: ['profile'] }, false],
    [{ scp: ['profile'] }, true],
    [{ scp: ['profile'], scope: 7 }, true],
    [{ scp: null, scope: 7 }, false],
  ])('takes an OAuth token with %j: %s', (scopes, isTaken) => {
    expect(isGenuine(underTest({ sub: 'user_1', ...scopes }))).toBe(isTaken);
    // They mean nothing in other tokens.
    const session = underTest({ sub: 'user_1', ...scopes }, { typ: 'JWT' }, 'session_token');
    expect(isGenuine(session)).toBe(true);
  });

  it('takes no other spelling of a signature', () => {
    const jwt = underTest({ sub: 'user_1' });
    const last = jwt.token.at(-1) ?? '';
    // 256 bytes: the last character stands for two bits, and four unused ones.
    expect('AQgw').toContain(last);
    const next = String.fromCharCode(last.charCodeAt(0) + 1);
    expect(isGenuine({ ...jwt, token: jwt.token.slice(0, -1) + next })).toBe(false);
    expect(isGenuine({ ...jwt, token: `${jwt.token}A` })).toBe(false);
    expect(isGenuine({ ...jwt, token: `${jwt.token}AAAA` })).toBe(false);
    expect(isGenuine({ ...jwt, token: jwt.token.slice(0, jwt.token.lastIndexOf('.') + 1) })).toBe(
      false,
    );
  });
});
