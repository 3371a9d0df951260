import type { ClerkAuthOptions } from '../../../src/clerk/clerk-auth.options.js';
import type { CorpusKind } from '../support/jwt-corpus.js';

/** A case that the tests of Clerk's SDK have, as data. */
export interface UpstreamCase {
  readonly name: string;
  readonly kind: CorpusKind;
  readonly header?: Readonly<Record<string, unknown>>;
  /** Over the claims of a good token of the kind. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Seconds from now, over the times of a good token. */
  readonly times?: Readonly<Record<string, number>>;
  /** `foreign`: signed with another key. `none`: not signed. Default: signed with the key of the instance. */
  readonly signature?: 'foreign' | 'none';
  readonly options?: Pick<ClerkAuthOptions, 'authorizedParties' | 'sessionAudiences'>;
  /** The verdict of the SDK. */
  readonly clerk: 'accepts' | 'refuses';
}

const AUDIENCE = 'https://audience.example.com';
const SITE = 'https://app.example.com';
const M2M = { typ: 'JWT', cat: 'cl_B7d4PD333AAA' };

/** Sources: the suites assertions, verifyJwt, verify, machine, request and request_azp of `packages/backend`. */
export const UPSTREAM_CASES: readonly UpstreamCase[] = [
  ...session({
    good: { clerk: 'accepts' },
    'azp of the list': { options: { authorizedParties: ['', SITE] }, clerk: 'accepts' },
    'azp of no list': { claims: { azp: 'x' }, clerk: 'accepts' },
    'azp missing': { claims: { azp: undefined }, clerk: 'accepts' },
    'azp empty': { claims: { azp: '' }, clerk: 'accepts' },
    'azp of another site': {
      claims: { azp: 'https://evil.example.com' },
      options: { authorizedParties: [SITE] },
      clerk: 'refuses',
    },
    'azp missing beside a list': {
      claims: { azp: undefined },
      options: { authorizedParties: [SITE] },
      clerk: 'refuses',
    },
    'azp empty beside a list': {
      claims: { azp: '' },
      options: { authorizedParties: [SITE] },
      clerk: 'refuses',
    },
    'custom aud': { claims: { aud: AUDIENCE }, clerk: 'accepts' },
    'custom aud, a list': { claims: { aud: [AUDIENCE, 'x'] }, clerk: 'accepts' },
    'the asked audience': {
      claims: { aud: AUDIENCE },
      options: { sessionAudiences: [AUDIENCE] },
      clerk: 'accepts',
    },
    'one of the asked audiences': {
      claims: { aud: [AUDIENCE, 'x'] },
      options: { sessionAudiences: ['y', AUDIENCE] },
      clerk: 'accepts',
    },
    'no aud where one is asked': { options: { sessionAudiences: [AUDIENCE] }, clerk: 'accepts' },
    'empty aud where one is asked': {
      claims: { aud: [] },
      options: { sessionAudiences: [AUDIENCE] },
      clerk: 'accepts',
    },
    'another aud': {
      claims: { aud: AUDIENCE },
      options: { sessionAudiences: ['https://other.example.com'] },
      clerk: 'refuses',
    },
    'a longer aud': {
      claims: { aud: `${AUDIENCE}/x` },
      options: { sessionAudiences: [AUDIENCE] },
      clerk: 'refuses',
    },
    'a shorter aud': {
      claims: { aud: [AUDIENCE.slice(0, -2)] },
      options: { sessionAudiences: [AUDIENCE] },
      clerk: 'refuses',
    },
    'aud of the wrong type': {
      claims: { aud: [false, null] },
      options: { sessionAudiences: [AUDIENCE] },
      clerk: 'accepts',
    },
    'without typ': { header: { typ: undefined }, clerk: 'accepts' },
    'empty typ': { header: { typ: '' }, clerk: 'refuses' },
    'another typ': { header: { typ: 'Aloha' }, clerk: 'refuses' },
    'typ of an access token': { header: { typ: 'at+jwt' }, clerk: 'refuses' },
    'without cat': { header: { cat: undefined }, clerk: 'accepts' },
    'cat of a machine token': { header: { cat: 'cl_B7d4PD333AAA' }, clerk: 'refuses' },
    'cat of a template token': { header: { cat: 'cl_B7d4PD222AAA' }, clerk: 'refuses' },
    'an unknown cat': { header: { cat: 'cl_some_future_unknown_cat' }, clerk: 'refuses' },
    'without sid': { claims: { sid: undefined }, clerk: 'accepts' },
    'the subject of a machine': { claims: { sub: 'mch_1' }, clerk: 'refuses' },
    'a missing sub': { claims: { sub: undefined }, clerk: 'refuses' },
    'the empty sub': { claims: { sub: '' }, clerk: 'accepts' },
    'a numeric sub': { claims: { sub: 123 }, clerk: 'refuses' },
    expired: { times: { exp: -100 }, clerk: 'refuses' },
    'expired within the clock skew': { times: { exp: -3 }, clerk: 'accepts' },
    'expiring soon': { times: { exp: 5 }, clerk: 'accepts' },
    'exp missing': { claims: { exp: undefined }, clerk: 'refuses' },
    'exp as text': { claims: { exp: '4102444800' }, clerk: 'refuses' },
    'not valid yet': { times: { nbf: 30 }, clerk: 'refuses' },
    'not valid yet, within the clock skew': { times: { nbf: 3 }, clerk: 'accepts' },
    'nbf missing': { claims: { nbf: undefined }, clerk: 'accepts' },
    'nbf as text': { claims: { nbf: '1' }, clerk: 'refuses' },
    'issued in the future': { times: { iat: 30 }, clerk: 'refuses' },
    'issued in the future, within the clock skew': { times: { iat: 3 }, clerk: 'accepts' },
    'iat missing': { claims: { iat: undefined }, clerk: 'accepts' },
    'alg none': { header: { alg: 'none' }, signature: 'none', clerk: 'refuses' },
    'alg ES256': { header: { alg: 'ES256' }, clerk: 'refuses' },
    'alg PS512': { header: { alg: 'PS512' }, clerk: 'refuses' },
    'alg Aloha': { header: { alg: 'Aloha' }, clerk: 'refuses' },
    'a foreign signature': { signature: 'foreign', clerk: 'refuses' },
    'a foreign signature, and expired': {
      signature: 'foreign',
      times: { exp: -100 },
      clerk: 'refuses',
    },
    'an unknown kid': { header: { kid: 'ins_unknown' }, clerk: 'refuses' },
    'an impersonator': { claims: { act: { sub: 'user_admin' } }, clerk: 'accepts' },
  }),
  ...of('oauth_token', {
    good: { clerk: 'accepts' },
    'typ application/at+jwt': { header: { typ: 'application/at+jwt' }, clerk: 'accepts' },
    'typ JWT': { header: { typ: 'JWT' }, clerk: 'refuses' },
    'without typ': { header: { typ: undefined }, clerk: 'refuses' },
    'scopes in scp': { claims: { scope: undefined, scp: ['read:foo'] }, clerk: 'accepts' },
    'without scopes': { claims: { scope: undefined }, clerk: 'accepts' },
    'an actor of a token exchange': {
      claims: { act: { iss: 'https://idp.example.com', sub: 'agent', act: { sub: 'first' } } },
      clerk: 'accepts',
    },
    'a missing sub': { claims: { sub: undefined }, clerk: 'refuses' },
    'a null sub': { claims: { sub: null }, clerk: 'refuses' },
    'a numeric sub': { claims: { sub: 123 }, clerk: 'refuses' },
    'an object as sub': { claims: { sub: {} }, clerk: 'refuses' },
    'a list with the audience': { claims: { aud: ['x', 'RESOURCE'] }, clerk: 'accepts' },
    'a list without the audience': { claims: { aud: ['x'] }, clerk: 'refuses' },
    'no audience': { claims: { aud: undefined }, clerk: 'refuses' },
    expired: { times: { exp: -100 }, clerk: 'refuses' },
    'expired within the clock skew': { times: { exp: -3 }, clerk: 'accepts' },
    'alg none': { header: { alg: 'none' }, signature: 'none', clerk: 'refuses' },
    'a foreign signature': { signature: 'foreign', clerk: 'refuses' },
    'the subject of a machine': { claims: { sub: 'mch_1' }, clerk: 'refuses' },
  }),
  ...of('m2m_token', {
    good: { clerk: 'accepts' },
    'without cat': { header: { cat: undefined }, clerk: 'accepts' },
    'without typ': { header: { typ: undefined }, clerk: 'accepts' },
    'cat of a session token': { header: { cat: 'cl_B7d4PD111AAA' }, clerk: 'refuses' },
    'cat of a template token': { header: { cat: 'cl_B7d4PD222AAA' }, clerk: 'refuses' },
    'an unknown cat': { header: { cat: 'cl_some_future_unknown_cat' }, clerk: 'refuses' },
    'machines in aud': {
      claims: { aud: ['mch_2', 'mch_3'], scopes: undefined },
      clerk: 'accepts',
    },
    'machines in aud and scopes': {
      claims: { aud: ['mch_2'], scopes: 'mch_2 mch_3' },
      clerk: 'accepts',
    },
    'custom claims': { claims: { permissions: ['a'], role: 'worker' }, clerk: 'accepts' },
    'custom scopes, a list': { claims: { scopes: ['mch_2'] }, clerk: 'refuses' },
    'aud of a resource elsewhere': { claims: { aud: AUDIENCE }, clerk: 'accepts' },
    'typ of an access token': { header: { typ: 'at+jwt' }, clerk: 'refuses' },
    'the subject of a user': { claims: { sub: 'user_alice' }, clerk: 'refuses' },
    expired: { times: { exp: -100 }, clerk: 'refuses' },
    'expired within the clock skew': { times: { exp: -3 }, clerk: 'accepts' },
    'alg none': { header: { alg: 'none' }, signature: 'none', clerk: 'refuses' },
    'a foreign signature': { signature: 'foreign', clerk: 'refuses' },
  }),
];

type Bare = Omit<UpstreamCase, 'name' | 'kind'>;

function session(cases: Readonly<Record<string, Bare>>): readonly UpstreamCase[] {
  return of('session_token', cases);
}

function of(kind: CorpusKind, cases: Readonly<Record<string, Bare>>): readonly UpstreamCase[] {
  return Object.entries(cases).map(([name, one]) => ({
    ...one,
    name,
    kind,
    ...(kind === 'm2m_token' && { header: { ...M2M, ...one.header } }),
  }));
}
