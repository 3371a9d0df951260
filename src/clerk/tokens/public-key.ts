import { createPublicKey } from 'node:crypto';
import { ClerkConfigurationError } from '../clerk-configuration.error.js';
import { toSigningKey } from './signing-key.js';

/**
 * Reads a configured PEM into the form that `@clerk/backend` takes as `jwtKey`. Environment files
 * often carry `\n` as two characters; both spellings are fine.
 *
 * @throws {ClerkConfigurationError} unless it is an RSA public key of 2,048 bits or more
 */
export function readPublicKey(pem: string): string {
  try {
    const key = createPublicKey(pem.replaceAll('\\n', '\n'));
    return toSigningKey(key)?.pem ?? refuse();
  } catch (cause) {
    return refuse(cause);
  }
}

function refuse(cause?: unknown): never {
  throw new ClerkConfigurationError(
    'jwtKey is not an RSA public key of 2,048 bits or more in PEM form. Copy the JWT public key from the API keys page of the Clerk dashboard, header and trailer included.',
    { cause },
  );
}
