import { describe, expect, it } from 'vitest';
import { checkClaims } from '../../../src/clerk/tokens/check-claims.js';
import type { JwtType, TokenType } from '../../../src/clerk/tokens/classify.js';
import { RESOURCE } from '../support/fake-clerk.js';
import { refusalIn } from '../support/token-verifier.js';

type Options = Parameters<typeof checkClaims>[2];

const SITE = 'https://app.example.com';
const DEFAULTS: Options = {
  audiences: [RESOURCE],
  audience: 'required',
  sessionAudiences: [],
  authorizedParties: [],
  idTokenClientIds: ['client_1'],
  machineId: null,
  machineSecretKey: null,
};

/** A token of each kind that is accepted. */
const GOOD: Record<JwtType, { readonly cat?: string; readonly claims: Record<string, unknown> }> = {
  session_token: { cat: 'cl_B7d4PD111AAA', claims: { sub: 'user_alice', sid: 'sess_1' } },
  jwt_template: { cat: 'cl_B7d4PD222AAA', claims: { sub: 'user_alice' } },
  id_token: { claims: { sub: 'user_alice', aud: 'client_1' } },
  oauth_token: { claims: { sub: 'user_alice', aud: RESOURCE } },
  m2m_token: { cat: 'cl_B7d4PD333AAA', claims: { sub: 'mch_1' } },
};

/** Why a token is refused; `undefined` if it is accepted. */
function refusalOf(
  kind: JwtType,
  claims: Record<string, unknown> = {},
  options: Partial<Options> = {},
): string | undefined {
  const { cat, claims: good } = GOOD[kind];
  const jwt = { header: { cat }, claims: { ...good, ...claims } };
  return descriptionIn(() => checkClaims(kind, jwt, { ...DEFAULTS, ...options }));
}

function descriptionIn(check: () => void): string | undefined {
  const refusal = refusalIn(check) || undefined;
  return refusal?.reason === 'invalid_token' ? refusal.description : refusal?.reason;
}

const USERS = ['session_token', 'jwt_template', 'id_token', 'oauth_token'] as const;
const SITES = ['session_token', 'jwt_template'] as const;
const MISTAKES = [undefined, null, '', 7, {}, 'org_1', 'alice', 'user-alice'] as const;

describe('checkClaims', () => {
  it.each([...USERS, 'm2m_token'] as const)('accepts a good %s', (kind) => {
    expect(refusalOf(kind)).toBeUndefined();
  });

  it.each(USERS)('refuses a %s whose subject is not a user', (kind) => {
    const lists = [['user_alice'], ['mch_1']];
    for (const sub of [...MISTAKES, ...lists, 'user_', 'xuser_alice', 'mch_1', 'user_a b']) {
      expect([sub, refusalOf(kind, { sub })]).toEqual([
        sub,
        'The subject of the access token is not of a known kind.',
      ]);
    }
  });

  it('refuses a machine token whose subject is not a machine', () => {
    for (const sub of [...MISTAKES, ['mch_1'], 'mch_', 'xmch_1', 'user_alice', 'mch_1 mch_2']) {
      expect([sub, refusalOf('m2m_token', { sub })]).toEqual([
        sub,
        'The subject of the access token is not of a known kind.',
      ]);
    }
  });

  it('refuses an API key in the form of a JWT, which Clerk does not issue', () => {
    const kind: TokenType = 'api_key';
    const jwt = { header: {}, claims: { sub: 'user_alice' } };
    expect(descriptionIn(() => checkClaims(kind, jwt, DEFAULTS))).toBe(
      'This kind of token is not accepted here.',
    );
  });

  it.each(SITES)('refuses a %s that was made for a site without authorization', (kind) => {
    const options = { authorizedParties: ['https://admin.example.com', SITE] };
    expect(refusalOf(kind, { azp: SITE }, options)).toBeUndefined();
    expect(refusalOf(kind, { azp: 'https://evil.example.com' })).toBeUndefined();
    for (const azp of [undefined, null, '', 'https://evil.example.com', `${SITE}/`, [SITE], 7]) {
      expect([azp, refusalOf(kind, { azp }, options)]).toEqual([
        azp,
        'The session token was made for another site.',
      ]);
    }
  });

  it('refuses a session token that belongs to no session', () => {
    for (const sid of [undefined, null, '', 7, ['sess_1']]) {
      expect(refusalOf('session_token', { sid })).toBe('The session token belongs to no session.');
    }
  });

  it('refuses an id_token that does not name a client of this server', () => {
    expect(refusalOf('id_token', { aud: ['client_2', 'client_1'] })).toBeUndefined();
    for (const aud of [undefined, null, []]) {
      expect(refusalOf('id_token', { aud })).toBe('The token names no audience.');
    }
    for (const aud of ['client_2', ['client_2'], ['client_1', 7], ['client_1', ''], RESOURCE, {}]) {
      expect([aud, refusalOf('id_token', { aud })]).toEqual([
        aud,
        'The access token was issued for another resource.',
      ]);
    }
    expect(refusalOf('id_token', {}, { idTokenClientIds: [] })).toContain('another resource');
  });

  it('refuses a list of audiences that has something else than names in it', () => {
    for (const odd of ['', 7, null, [RESOURCE], {}]) {
      for (const aud of [
        [RESOURCE, odd],
        [odd, RESOURCE],
      ]) {
        expect(refusalOf('oauth_token', { aud })).toContain('issued for another resource');
      }
    }
  });

  it('lets the audience of a template or a machine token be missing, but not be another one', () => {
    for (const kind of ['jwt_template', 'm2m_token'] as const) {
      for (const aud of [undefined, null, [], RESOURCE]) {
        expect([kind, aud, refusalOf(kind, { aud })]).toEqual([kind, aud, undefined]);
      }
      expect(refusalOf(kind, { aud: 'https://other.example.com' })).toContain('another resource');
    }
  });
});
