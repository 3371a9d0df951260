import type { TokenIssuer } from '../tokens/token-issuer.js';
import { tokenSchemas } from '../tokens/token-options.js';

/** Mints a token of a kind from options that came over HTTP. */
export async function issueByKind(
  issuer: TokenIssuer,
  kind: keyof typeof tokenSchemas,
  options: unknown,
): Promise<unknown> {
  switch (kind) {
    case 'oauth_access_token':
      return { token: await issuer.oauthAccessToken(tokenSchemas[kind].parse(options)) };
    case 'oauth_tokens':
      return issuer.oauthTokens(tokenSchemas[kind].parse(options));
    case 'session_token':
      return { token: await issuer.sessionToken(tokenSchemas[kind].parse(options)) };
    case 'id_token':
      return { token: await issuer.idToken(tokenSchemas[kind].parse(options)) };
    case 'jwt_template':
      return { token: await issuer.jwtTemplateToken(tokenSchemas[kind].parse(options)) };
    case 'jwt':
      return { token: await issuer.jwt(tokenSchemas[kind].parse(options)) };
  }
}
