import { createHash, type JsonWebKey } from 'node:crypto';
import { isJsonObject } from '../json-object.js';
import { readJwk } from './public-key.js';

/** The public keys that an instance of Clerk signs with. */
export interface KeySet {
  /** Changes whenever a key comes or goes. */
  readonly fingerprint: string;
  /** PEM by key id, in the form that `@clerk/backend` takes as `jwtKey`. */
  readonly pems: ReadonlyMap<string, string>;
}

/** Reads a JWKS. `undefined` when it is none, or holds no RSA signing key of 2,048 bits or more. */
export function readKeySet(body: unknown): KeySet | undefined {
  if (!isJsonObject(body) || !Array.isArray(body['keys'])) return undefined;
  const pems = new Map<string, string>();
  for (const jwk of body['keys'].slice(0, MAX_KEYS)) {
    const pem = isSigningKey(jwk) ? readJwk(jwk) : undefined;
    if (pem !== undefined) pems.set(jwk.kid, pem);
  }
  return pems.size === 0 ? undefined : { fingerprint: fingerprintOf(pems), pems };
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

function fingerprintOf(pems: ReadonlyMap<string, string>): string {
  const entries = [...pems].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(entries)).digest('base64url');
}
