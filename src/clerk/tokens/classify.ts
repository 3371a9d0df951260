import type { DecodedJwt } from './jwt.js';
import type { TokenType } from './token-type.js';

/** Kind of an opaque token, told by its prefix. `undefined` for everything else. */
export function classifyOpaque(token: string): OpaqueTokenType | undefined {
  return OPAQUE_PREFIXES.find(([prefix]) => token.startsWith(prefix))?.[1];
}

/** The kinds of token that only Clerk can look into. */
export type OpaqueTokenType = 'oauth_token' | 'api_key' | 'm2m_token';

/**
 * Kind of a JWT, told by what only that kind carries. The SDK takes an id_token for a session
 * token; so the kind is settled here, before anything is verified. `undefined` when in doubt.
 */
export function classifyJwt({ header, claims }: DecodedJwt): TokenType | undefined {
  const typ = typeof header['typ'] === 'string' ? header['typ'].toLowerCase() : header['typ'];
  const { sub } = claims;
  const category = header['cat'] ?? NO_CATEGORY;
  if (typeof sub === 'string' && sub.startsWith('mch_')) return 'm2m_token';
  if (typ === 'at+jwt' || typ === 'application/at+jwt') return 'oauth_token';
  if (typ !== undefined && typ !== 'jwt') return undefined;

  if (category === SESSION_CATEGORY) return 'session_token';
  if (category === TEMPLATE_CATEGORY) return 'jwt_template';
  if (category !== NO_CATEGORY && category !== IGNORED_CATEGORY) return undefined;
  if (claims['sid'] !== undefined) return 'session_token';
  return claims['aud'] === undefined ? undefined : 'id_token';
}

const OPAQUE_PREFIXES = [
  ['oat_', 'oauth_token'],
  ['ak_', 'api_key'],
  ['mt_', 'm2m_token'],
] as const satisfies readonly (readonly [string, OpaqueTokenType])[];

/** Values of Clerk's `cat` header, which tells apart the JWTs that one key signs. */
const SESSION_CATEGORY = 'cl_B7d4PD111AAA';
const TEMPLATE_CATEGORY = 'cl_B7d4PD222AAA';
/** Some instances stamp this on every JWT, so it says nothing. */
const IGNORED_CATEGORY = 'cl_I7d4PD111III';
const NO_CATEGORY = '';
