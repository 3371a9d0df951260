import { describe, expect, it } from 'vitest';
import { classifyJwt, classifyOpaque } from '../../../src/clerk/tokens/classify.js';

const SESSION = 'cl_B7d4PD111AAA';
const TEMPLATE = 'cl_B7d4PD222AAA';
const ANY = 'cl_I7d4PD111III';

describe('classifyJwt', () => {
  it.each([
    [{ typ: 'JWT', cat: SESSION }, {}, 'session_token'],
    [{ typ: 'jwt', cat: SESSION }, {}, 'session_token'],
    [{ cat: SESSION }, { aud: 'client_1' }, 'session_token'],
    [{ cat: TEMPLATE }, { sid: 'sess_1' }, 'jwt_template'],
    [{ typ: 'at+jwt' }, {}, 'oauth_token'],
    [{ typ: 'AT+JWT', cat: SESSION }, {}, 'oauth_token'],
    [{ typ: 'application/at+jwt' }, {}, 'oauth_token'],
    [{ typ: 'at+jwt' }, { sub: 'mch_1' }, 'm2m_token'],
    [{}, { sid: 'sess_1', aud: 'client_1' }, 'session_token'],
    [{ cat: ANY }, { sid: 'sess_1' }, 'session_token'],
    [{}, { aud: 'client_1' }, 'id_token'],
    [{ cat: ANY }, { aud: 'client_1' }, 'id_token'],
    [{ cat: null }, { aud: 'client_1' }, 'id_token'],
  ] as const)('takes %j with %j for a %s', (header, claims, kind) => {
    expect(classifyJwt({ header, claims: { sub: 'user_alice', ...claims } })).toBe(kind);
  });

  it.each([
    ['another type', { typ: 'logout+jwt', cat: SESSION }],
    ['an empty type', { typ: '', cat: SESSION }],
    ['a type that is not text', { typ: 7, cat: SESSION }],
    ['a type that is null', { typ: null, cat: SESSION }],
    ['a list of types', { typ: ['JWT'], cat: SESSION }],
    ['an unknown category', { typ: 'JWT', cat: 'cl_unknown' }],
    ['a category that is not text', { typ: 'JWT', cat: [SESSION] }],
  ])('does not guess the kind of a token with %s', (_, header) => {
    const claims = { sub: 'user_alice', sid: 'sess_1', aud: 'client_1' };
    expect(classifyJwt({ header, claims })).toBeUndefined();
  });

  it('does not guess the kind of a token that names neither a session nor an audience', () => {
    expect(classifyJwt({ header: { typ: 'JWT' }, claims: { sub: 'user_alice' } })).toBeUndefined();
  });
});

describe('classifyOpaque', () => {
  it.each([
    ['oat_x', 'oauth_token'],
    ['ak_x', 'api_key'],
    ['mt_x', 'm2m_token'],
    ['OAT_x', undefined],
    ['x_oat_x', undefined],
    ['sk_test_x', undefined],
    ['', undefined],
  ])('takes %j for %s', (token, kind) => {
    expect(classifyOpaque(token)).toBe(kind);
  });
});
