import { AccessRefusedError } from '../access/access-refused.error.js';
import type { Principal } from '../access/principal.js';
import type { Refusal } from '../access/refusal.js';
import { TokenAuthenticator } from '../access/token-authenticator.js';
import type { ClerkAuthOptions } from '../clerk/clerk-auth.options.js';

/** Whom a token speaks for, or why it is refused. */
export type TokenVerdict =
  | { readonly principal: Principal; readonly refusal?: undefined }
  | { readonly principal?: undefined; readonly refusal: Refusal };

/** Asks the very code that the server asks. */
export async function verifyToken(token: string, options: ClerkAuthOptions): Promise<TokenVerdict> {
  const { NestFactory } = await import('@nestjs/core');
  const { ClerkAuthModule } = await import('../clerk/clerk-auth.module.js');
  const app = await NestFactory.createApplicationContext(ClerkAuthModule.forRoot(options), {
    logger: false,
    abortOnError: false,
  });
  try {
    return await verdictOf(app.get(TokenAuthenticator, { strict: false }), token);
  } finally {
    await app.close();
  }
}

/** The verdict of an authenticator. */
export async function verdictOf(
  authenticator: TokenAuthenticator,
  token: string,
  path?: string,
): Promise<TokenVerdict> {
  try {
    return { principal: await authenticator.authenticate(token, path) };
  } catch (error) {
    if (error instanceof AccessRefusedError) return { refusal: error.refusal };
    throw error;
  }
}
