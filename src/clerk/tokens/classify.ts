import { type JsonObject, isJsonObject } from '../../request/json-object.js';

/** The kind of an opaque token by its prefix; `undefined` for other tokens. */
export function classifyOpaque(token: string): OpaqueTokenType | undefined {
  for (const [prefix, type] of OPAQUE_PREFIXES) if (token.startsWith(prefix)) return type;
  return undefined;
}

/** The kinds of opaque token, which only Clerk can verify. */
export type OpaqueTokenType = 'oauth_token' | 'api_key' | 'm2m_token';

/**
 * The kind of a JWT, by its header and claims; `undefined` if it is not clear. The SDK would accept an
 * id_token as a session token, so the kind is determined before the verification.
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

/** The kinds of credential that Clerk issues, named as in its SDK. */
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

/** Decodes a compact JWT without verifying it; `undefined` if it is malformed. */
export function decodeJwt(token: string): DecodedJwt | undefined {
  if (!COMPACT_JWT.test(token)) return undefined;
  const [head, body] = token.split('.', 2).map(decodePart);
  return head && body ? { header: head, claims: body } : undefined;
}

/** A decoded JWT. It is not verified. */
export interface DecodedJwt {
  readonly header: JsonObject;
  readonly claims: JsonObject;
}

/** Longest accepted token. Clerk's are shorter than 2 KB. */
export const MAX_TOKEN_BYTES = 8_192;

/** Values of Clerk's `cat` header, which distinguishes JWTs that are signed with the same key. */
export const SESSION_CATEGORY = 'cl_B7d4PD111AAA';
const TEMPLATE_CATEGORY = 'cl_B7d4PD222AAA';
export const MACHINE_CATEGORY = 'cl_B7d4PD333AAA';
/** Some instances set it on every JWT, so it is ignored. */
export const IGNORED_CATEGORY = 'cl_I7d4PD111III';

const NO_CATEGORY = '';

const OPAQUE_PREFIXES = [
  ['oat_', 'oauth_token'],
  ['ak_', 'api_key'],
  ['mt_', 'm2m_token'],
] as const satisfies readonly (readonly [string, OpaqueTokenType])[];

const COMPACT_JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

function decodePart(part: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
