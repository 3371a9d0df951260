import { AccessRefusedError } from '../../access/access.errors.js';

/**
 * The token is not valid. The caller sees the description; it must not contain any part of the token or a
 * host name.
 */
export function invalidToken(description: string): AccessRefusedError {
  return new AccessRefusedError({ reason: 'invalid_token', description });
}

/** The token is for another resource, or for none. {@link audience} is for the log, never for the caller. */
export class WrongAudienceError extends AccessRefusedError {
  constructor(
    /** The claim `aud`, as it is. */
    readonly audience: unknown,
    description: string,
  ) {
    super({ reason: 'invalid_token', description });
  }
}

/** @param isMissing whether the token has no audience */
export function wrongAudience(audience: unknown, isMissing: boolean): WrongAudienceError {
  return new WrongAudienceError(audience, isMissing ? NO_AUDIENCE : OTHER_AUDIENCE);
}

const NO_AUDIENCE =
  'The access token names no audience: its client signed in without the "resource" parameter (RFC 8707). Sign in with a client that sends it. The operator of this server can accept such tokens with CLERK_AUDIENCE=foreign-only.';
const OTHER_AUDIENCE =
  'The access token was issued for another resource. Sign in again for the resource that the metadata of this server names. If that resource is this server under another name, its operator can accept it with CLERK_AUDIENCES.';

/** The token is valid but expired. */
export function tokenExpired(): AccessRefusedError {
  return new AccessRefusedError({ reason: 'token_expired' });
}

/** Clerk refuses the secret key, so the token cannot be verified. */
export function misconfigured(): AccessRefusedError {
  return new AccessRefusedError({ reason: 'misconfigured' });
}

/**
 * Clerk does not respond, so the token cannot be verified.
 *
 * @param retryAfter seconds that Clerk requested, limited to 1 to 60. Default 5
 */
export function unavailable(retryAfter: number = DEFAULT_RETRY_AFTER): AccessRefusedError {
  const seconds = Number.isFinite(retryAfter) ? Math.ceil(retryAfter) : DEFAULT_RETRY_AFTER;
  return new AccessRefusedError({
    reason: 'unavailable',
    retryAfter: Math.min(Math.max(seconds, 1), MAX_RETRY_AFTER),
  });
}

/**
 * Too many invalid tokens came from this address.
 *
 * @param pause milliseconds until the next token is accepted for verification
 */
export function tooManyFailures(pause: number): AccessRefusedError {
  const retryAfter = Math.max(1, Math.ceil(pause / 1_000));
  return new AccessRefusedError({ reason: 'too_many_requests', retryAfter });
}

const DEFAULT_RETRY_AFTER = 5;
const MAX_RETRY_AFTER = 60;
