import { createPublicKey, type JsonWebKeyInput, type KeyObject } from 'node:crypto';
import { ClerkConfigurationError } from '../clerk-configuration.error.js';

/**
 * Reads a configured PEM into the form that `@clerk/backend` takes as `jwtKey`. Environment files
 * often carry `\n` as two characters; both spellings are fine.
 *
 * @throws {ClerkConfigurationError} unless it is an RSA public key of 2,048 bits or more
 */
export function readPublicKey(pem: string): string {
  try {
    const key = createPublicKey(pem.replaceAll('\\n', '\n'));
    return toClerkPem(key) ?? refuse();
  } catch (cause) {
    return refuse(cause);
  }
}

/** The same for a key of a JWKS; `undefined` when it cannot sign tokens of Clerk. */
export function readJwk(jwk: JsonWebKeyInput['key']): string | undefined {
  try {
    return toClerkPem(createPublicKey({ key: jwk, format: 'jwk' }));
  } catch {
    return undefined;
  }
}

const MIN_MODULUS_BITS = 2048;
const PEM_PREFIX = 'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA';
const PEM_SUFFIX = 'IDAQAB';

/**
 * The SDK gets at the modulus by cutting the frame of a 2,048-bit PEM off. This puts that frame
 * around the modulus, which makes longer keys work too.
 */
function toClerkPem(key: KeyObject): string | undefined {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  const { n, e } = key.asymmetricKeyType === 'rsa' ? key.export({ format: 'jwk' }) : {};
  if (n === undefined || e !== 'AQAB' || bits < MIN_MODULUS_BITS) return undefined;
  const modulus = n.replaceAll('-', '+').replaceAll('_', '/');
  return `-----BEGIN PUBLIC KEY-----\n${PEM_PREFIX}${modulus}${PEM_SUFFIX}\n-----END PUBLIC KEY-----`;
}

function refuse(cause?: unknown): never {
  throw new ClerkConfigurationError(
    'jwtKey is not an RSA public key of 2,048 bits or more in PEM form. Copy the JWT public key from the API keys page of the Clerk dashboard, header and trailer included.',
    { cause },
  );
}
