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
