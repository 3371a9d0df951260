import { createHash, randomBytes } from 'node:crypto';

/**
 * An id in Clerk's form: a prefix, `_`, and 27 letters and digits.
 *
 * @param seed the same seed gives the same id. Default: a random id
 */
export function clerkId(prefix: string, seed?: string): string {
  const bytes =
    seed === undefined
      ? randomBytes(26)
      : createHash('sha256').update(`${prefix}:${seed}`).digest();
  return `${prefix}_2${base62(bytes).slice(0, 26)}`;
}

/** An id of API keys and tokens in Clerk's form: a prefix, `_`, and 32 hexadecimal digits. */
export function hexId(prefix: string): string {
  return `${prefix}_${randomBytes(16).toString('hex')}`;
}

/** A secret of random letters and digits; 32 of them have 190 bits of entropy. */
export function randomToken(length = 32): string {
  return base62(randomBytes(length));
}

/** The hash that a store keeps instead of a credential. */
export function fingerprint(credential: string): string {
  return createHash('sha256').update(credential).digest('base64url');
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function base62(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => ALPHABET.charAt(byte % ALPHABET.length)).join('');
}
