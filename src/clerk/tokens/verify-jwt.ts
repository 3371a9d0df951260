import { type DecodedJwt, type JwtType, IGNORED_CATEGORY, SESSION_CATEGORY } from './classify.js';
import { createVerify, type KeyObject } from 'node:crypto';
import type { JsonObject } from '../json-object.js';

/** A JWT whose kind, algorithm and issuer are settled, and what to hold it against. */
export interface JwtToVerify extends DecodedJwt {
  readonly token: string;
  readonly kind: Exclude<JwtType, 'm2m_token'>;
  readonly key: KeyObject;
  /** Tolerated difference of clocks, in milliseconds. */
  readonly clockSkew: number;
}

/**
 * Whether a JWT is genuine and its time has come, by the rules of `@clerk/backend`: what that turns
 * down is turned down here. It takes a tenth of the time, because the key stays imported and nothing
 * is waited for. Whether a genuine token has expired is for the caller to say.
 */
export function isGenuine({ token, kind, header, claims, key, clockSkew }: JwtToVerify): boolean {
  return (
    isHeaderOf(kind, header) &&
    typeof claims['sub'] === 'string' &&
    (kind !== 'oauth_token' || areScopes(claims)) &&
    isInPast(claims['nbf'], clockSkew) &&
    isInPast(claims['iat'], clockSkew) &&
    isCanonical(token) &&
    isSigned(token, key)
  );
}

function isHeaderOf(kind: JwtToVerify['kind'], { typ, cat }: JsonObject): boolean {
  if (kind === 'oauth_token') return typ === 'at+jwt' || typ === 'application/at+jwt';
  if (typ !== undefined && typ !== 'JWT') return false;
  return kind !== 'session_token' || SESSION_CATEGORIES.has(cat);
}

const SESSION_CATEGORIES = new Set<unknown>([undefined, SESSION_CATEGORY, IGNORED_CATEGORY]);

/** The SDK fails on a `scope` that is no text, unless it reads `scp`. */
function areScopes({ scp, scope }: JsonObject): boolean {
  const scopes = scp ?? scope ?? '';
  return scopes === scp || typeof scopes === 'string';
}

/** A claim in seconds that may be missing. */
function isInPast(time: unknown, clockSkew: number): boolean {
  if (time === undefined) return true;
  // Whole seconds, as the SDK counts them.
  return typeof time === 'number' && Math.trunc(time) * 1000 <= Date.now() + clockSkew;
}

/**
 * Whether no other text stands for the same bytes, RFC 4648 §3.5: of the last character of each
 * part, the bits that no byte needs must be zero. Node overlooks them.
 */
function isCanonical(token: string): boolean {
  return token.split('.').every((part) => {
    const last = part.at(-1) ?? '';
    switch (part.length % 4) {
      case 0:
        return true;
      case 2:
        return 'AQgw'.includes(last);
      case 3:
        return 'AEIMQUYcgkosw048'.includes(last);
      default:
        return false;
    }
  });
}

/** RS256, RFC 7518 §3.3. In steps, since `verify()` makes a job for each token, waited for or not. */
function isSigned(token: string, key: KeyObject): boolean {
  const end = token.lastIndexOf('.');
  const verification = createVerify('RSA-SHA256').update(token.slice(0, end));
  return verification.verify(key, token.slice(end + 1), 'base64url');
}
