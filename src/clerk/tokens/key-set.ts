import { createHash, type JsonWebKey } from 'node:crypto';
import { isJsonObject } from '../json-object.js';
import { readJwk, type SigningKey } from './signing-key.js';

/** The public keys that an instance of Clerk signs with. */
export interface KeySet {
  /** Changes whenever a key comes or goes. */
  readonly fingerprint: string;
  /** By key id. */
  readonly keys: ReadonlyMap<string, SigningKey>;
}

/** Reads a JWKS. `undefined` when it is none, or holds no RSA signing key of 2,048 bits or more. */
export function readKeySet(body: unknown): KeySet | undefined {
  if (!isJsonObject(body) || !Array.isArray(body['keys'])) return undefined;
  const keys = new Map<string, SigningKey>();
  for (const jwk of body['keys'].slice(0, MAX_KEYS)) {
    const key = isSigningKey(jwk) ? readJwk(jwk) : undefined;
    if (key !== undefined) keys.set(jwk.kid, key);
  }
  return keys.size === 0 ? undefined : { fingerprint: fingerprintOf(keys), keys };
}

const MAX_KEYS = 64;

function isSigningKey(jwk: unknown): jwk is JsonWebKey & { kid: string } {
  return (
    isJsonObject(jwk) &&
    jwk['kty'] === 'RSA' &&
    (jwk['use'] ?? 'sig') === 'sig' &&
    (jwk['alg'] ?? 'RS256') === 'RS256' &&
    typeof jwk['kid'] === 'string'
  );
}

function fingerprintOf(keys: KeySet['keys']): string {
  const pems = [...keys].map(([kid, { pem }]) => [kid, pem] as const);
  const entries = pems.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(entries)).digest('base64url');
}
