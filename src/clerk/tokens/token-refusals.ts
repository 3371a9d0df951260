import { AccessRefusedError } from '../../access/access.errors.js';

/**
 * The token is not valid. The caller sees the description; it must not contain any part of the token or a
 * host name.
 */
export function invalidToken(description: string): AccessRefusedError {
  return new AccessRefusedError({ reason: 'invalid_token', description });
}

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
