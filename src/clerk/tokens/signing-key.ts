import { createPublicKey, type JsonWebKeyInput, type KeyObject } from 'node:crypto';

/** A key that Clerk signs with, in the two forms that are asked for. */
export interface SigningKey {
  /** In the form that `@clerk/backend` takes as `jwtKey`. */
  readonly pem: string;
  /** For `node:crypto`. */
  readonly key: KeyObject;
}

/** `undefined` for a key that cannot sign tokens of Clerk: not RSA, or under 2,048 bits. */
export function toSigningKey(key: KeyObject): SigningKey | undefined {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  const { n, e } = key.asymmetricKeyType === 'rsa' ? key.export({ format: 'jwk' }) : {};
  if (n === undefined || e !== 'AQAB' || bits < MIN_MODULUS_BITS) return undefined;
  return { pem: toClerkPem(n), key };
}

/** The same for a key of a JWKS. */
export function readJwk(jwk: JsonWebKeyInput['key']): SigningKey | undefined {
  try {
    return toSigningKey(createPublicKey({ key: jwk, format: 'jwk' }));
  } catch {
    return undefined;
  }
}

/** The key of a PEM that {@link toSigningKey} has made. */
export function signingKeyOf(pem: string): SigningKey {
  const modulus = pem.slice(PEM_HEAD.length, -PEM_TAIL.length);
  const n = Buffer.from(modulus, 'base64').toString('base64url');
  return { pem, key: createPublicKey({ key: { kty: 'RSA', n, e: 'AQAB' }, format: 'jwk' }) };
}

const MIN_MODULUS_BITS = 2048;
const PEM_HEAD = '-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA';
const PEM_TAIL = 'IDAQAB\n-----END PUBLIC KEY-----';

/**
 * The SDK gets at the modulus by cutting the frame of a 2,048-bit PEM off. This puts that frame
 * around the modulus, which makes longer keys work too.
 */
function toClerkPem(modulus: string): string {
  return `${PEM_HEAD}${modulus.replaceAll('-', '+').replaceAll('_', '/')}${PEM_TAIL}`;
}
