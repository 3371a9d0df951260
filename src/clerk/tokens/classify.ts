import { IGNORED_CATEGORY, SESSION_CATEGORY, TEMPLATE_CATEGORY } from './jwt-category.js';
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
export function classifyJwt({ header, claims }: DecodedJwt): JwtType | undefined {
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

/** The kinds of token that are JWTs, or may be. */
export type JwtType = Exclude<TokenType, 'api_key'>;

const OPAQUE_PREFIXES = [
  ['oat_', 'oauth_token'],
  ['ak_', 'api_key'],
  ['mt_', 'm2m_token'],
] as const satisfies readonly (readonly [string, OpaqueTokenType])[];

const NO_CATEGORY = '';
