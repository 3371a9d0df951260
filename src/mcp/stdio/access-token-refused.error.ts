import type { Refusal } from '../../access/refusal.js';

/** The access token of a stdio server is not good. The message says why, without a word of the token. */
export class AccessTokenRefusedError extends Error {
  readonly code = 'ACCESS_TOKEN_REFUSED';

  constructor(
    readonly refusal: Refusal,
    options?: { readonly cause?: unknown },
  ) {
    super(`The access token was not accepted: ${describe(refusal)}`, options);
    this.name = 'AccessTokenRefusedError';
  }
}

function describe(refusal: Refusal): string {
  switch (refusal.reason) {
    case 'invalid_token':
    case 'forbidden':
      return refusal.description;
    case 'token_expired':
      return 'it has expired. Get a new one.';
    case 'unavailable':
      return 'the authorization server cannot be reached. Try again later.';
    case 'too_many_requests':
      return 'it was tried too often. Try again later.';
    case 'misconfigured':
      return 'the authentication service is misconfigured.';
    case 'unauthenticated':
    case 'insufficient_scope':
    case 'reverification':
      return 'it does not say who calls.';
  }
}
