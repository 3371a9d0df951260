import { type JsonObject, isJsonObject } from '../json-object.js';

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

/** The kinds of credential that Clerk issues, in the words of its SDK where the SDK has one. */
export const TOKEN_TYPES = [
  'oauth_token',
  'session_token',
  'id_token',
  'jwt_template',
  'api_key',
  'm2m_token',
] as const;

/** One kind of credential, see `TOKEN_TYPES`. */
export type TokenType = (typeof TOKEN_TYPES)[number];

/** Values of Clerk's `cat` header, which tells apart the JWTs that one key signs. */
export const SESSION_CATEGORY = 'cl_B7d4PD111AAA';
export const TEMPLATE_CATEGORY = 'cl_B7d4PD222AAA';
/** Some instances stamp this on every JWT, so it says nothing. */
export const IGNORED_CATEGORY = 'cl_I7d4PD111III';

/** Longest token that is looked at. Clerk's are below 2 KB. */
export const MAX_TOKEN_BYTES = 8_192;

/** A JWT taken apart. Nothing in it is verified. */
export interface DecodedJwt {
  readonly header: JsonObject;
  readonly claims: JsonObject;
}

/** Takes a compact JWT apart without verifying it. `undefined` when it is none. */
export function decodeJwt(token: string): DecodedJwt | undefined {
  if (!COMPACT_JWT.test(token)) return undefined;
  const [head, body] = token.split('.', 2).map(decodePart);
  return head && body ? { header: head, claims: body } : undefined;
}

const COMPACT_JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

function decodePart(part: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
