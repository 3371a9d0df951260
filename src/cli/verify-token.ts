import { AccessRefusedError } from '../access/access.errors.js';
import type { Principal } from '../request/principal.js';
import type { Refusal } from '../access/refusal.js';
import { TokenAuthenticator } from '../request/authentication.js';
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

/** A refusal in plain words: what is so, and what to do. */
export function describeRefusal(refusal: Refusal): readonly [message: string, cure: string] {
  switch (refusal.reason) {
    case 'unauthenticated':
      return ['Nobody is signed in', 'Send an access token in the Authorization header.'];
    case 'token_expired':
      return ['The token has expired', 'Refresh it. If it is new, compare the clocks.'];
    case 'invalid_token':
      return [
        sentence(refusal.description),
        'Let the client sign in anew at this instance of Clerk.',
      ];
    case 'insufficient_scope':
      return [
        `Not all scopes are granted that are needed: ${refusal.scopes.join(' ')}`,
        'The client has to ask for these scopes, and the user to allow them.',
      ];
    case 'reverification':
      return [
        'The user has not verified lately enough',
        'Verify once more in the application, and try again with the new session token.',
      ];
    case 'forbidden':
      return [
        sentence(refusal.description),
        'Give the user or the organization what the rule asks for.',
      ];
    case 'misconfigured':
      return [
        'Clerk refuses the secret key, so nothing can be said of the token',
        'Set CLERK_SECRET_KEY to a key of this instance.',
      ];
    case 'too_many_requests':
      return ['There were too many requests', `Try again in ${refusal.retryAfter} seconds.`];
    case 'unavailable':
      return [
        refusal.policy === undefined
          ? 'Clerk does not answer, so nothing can be said of the token'
          : `The policy ${refusal.policy} failed`,
        `Try again in ${refusal.retryAfter} seconds.`,
      ];
  }
}

/** Without the full stop, which whoever prints it sets. */
function sentence(text: string): string {
  return text.replace(/\.$/, '');
}
