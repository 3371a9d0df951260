import type { TokenAuthenticator } from '../request/authentication.js';
import type { Principal } from '../request/principal.js';
import { AccessRefusedError } from './access.errors.js';
import type { Refusal } from './refusal.js';

/** Result of verifying a token: its principal, or the refusal. */
export type TokenResult =
  | { readonly principal: Principal; readonly refusal?: undefined }
  | { readonly principal?: undefined; readonly refusal: Refusal };

/** Authenticates a token, and returns a refusal instead of throwing it. */
export async function authenticateToken(
  authenticator: TokenAuthenticator,
  token: string,
  path?: string,
): Promise<TokenResult> {
  try {
    return { principal: await authenticator.authenticate(token, path) };
  } catch (error) {
    if (error instanceof AccessRefusedError) return { refusal: error.refusal };
    throw error;
  }
}
