import { isJsonObject } from '../json-object.js';

/** What a refresh token was exchanged for, RFC 6749 §5.1. */
export interface RefreshedTokens {
  readonly access_token: string;
  readonly token_type: string;
  /** Seconds. */
  readonly expires_in?: number;
  /** The new refresh token, or the one sent when Clerk returns none: it stays valid then. */
  readonly refresh_token: string;
  readonly scope?: string;
  readonly id_token?: string;
}

/** Reads the body of a successful answer. `undefined` when it is none. */
export function readRefreshedTokens(body: unknown, sent: string): RefreshedTokens | undefined {
  if (!isJsonObject(body)) return undefined;
  const { access_token: accessToken, token_type: tokenType, refresh_token: renewed } = body;
  if (typeof accessToken !== 'string' || accessToken === '') return undefined;
  const { expires_in: expiresIn, scope, id_token: idToken } = body;
  return {
    access_token: accessToken,
    token_type: typeof tokenType === 'string' ? tokenType : 'Bearer',
    refresh_token: typeof renewed === 'string' && renewed !== '' ? renewed : sent,
    ...(typeof expiresIn === 'number' && { expires_in: expiresIn }),
    ...(typeof scope === 'string' && { scope }),
    ...(typeof idToken === 'string' && { id_token: idToken }),
  };
}
