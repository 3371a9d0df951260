import { authenticateToken, type TokenResult } from '../access/authenticate-token.js';
import { TokenAuthenticator } from '../request/authentication.js';
import type { ClerkAuthOptions } from '../clerk/clerk-auth.options.js';

/** Verifies a token with `ClerkAuthModule`, the same code that the server runs. */
export async function verifyToken(token: string, options: ClerkAuthOptions): Promise<TokenResult> {
  const { NestFactory } = await import('@nestjs/core');
  const { ClerkAuthModule } = await import('../clerk/clerk-auth.module.js');
  const app = await NestFactory.createApplicationContext(ClerkAuthModule.forRoot(options), {
    logger: false,
    abortOnError: false,
  });
  try {
    return await authenticateToken(app.get(TokenAuthenticator, { strict: false }), token);
  } finally {
    await app.close();
  }
}
