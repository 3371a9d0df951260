import { AccessRefusedError } from '../../access/access.errors.js';

/**
 * The token is not good. The description goes to the caller: it says what is wrong without a word
 * of the token and without a host name.
 */
export function invalidToken(description: string): AccessRefusedError {
  return new AccessRefusedError({ reason: 'invalid_token', description });
}

/** The token was good, and its time is over. */
export function tokenExpired(): AccessRefusedError {
  return new AccessRefusedError({ reason: 'token_expired' });
}

/** Clerk refuses our own credentials, so nothing can be said about the token. */
export function misconfigured(): AccessRefusedError {
  return new AccessRefusedError({ reason: 'misconfigured' });
}

/**
 * Clerk does not answer, so nothing can be said about the token.
 *
 * @param retryAfter seconds that Clerk asked for, held between 1 and 60. Default 5
 */
export function unavailable(retryAfter: number = DEFAULT_RETRY_AFTER): AccessRefusedError {
  const seconds = Number.isFinite(retryAfter) ? Math.ceil(retryAfter) : DEFAULT_RETRY_AFTER;
  return new AccessRefusedError({
    reason: 'unavailable',
    retryAfter: Math.min(Math.max(seconds, 1), MAX_RETRY_AFTER),
  });
}

/**
 * Too many tokens that are not good came from this address.
 *
 * @param pause milliseconds until the next one is looked at
 */
export function tooManyFailures(pause: number): AccessRefusedError {
  const retryAfter = Math.max(1, Math.ceil(pause / 1_000));
  return new AccessRefusedError({ reason: 'too_many_requests', retryAfter });
}

const DEFAULT_RETRY_AFTER = 5;
const MAX_RETRY_AFTER = 60;
