import type { Refusal } from './refusal.js';

/** Describes a refusal: what happened, without a full stop, and what to do. */
export function describeRefusal(refusal: Refusal): readonly [message: string, cure: string] {
  switch (refusal.reason) {
    case 'unauthenticated':
      return ['The caller is not signed in', 'Send an access token in the Authorization header.'];
    case 'token_expired':
      return ['The token has expired', 'Refresh it. If it is new, compare the clocks.'];
    case 'invalid_token':
      return [
        withoutFullStop(refusal.description),
        'Sign in again with the client at this Clerk instance.',
      ];
    case 'insufficient_scope':
      return [
        `The token does not grant all required scopes: ${refusal.scopes.join(' ')}`,
        'The client must request these scopes, and the user must grant them.',
      ];
    case 'reverification':
      return [
        'The last verification of the user is too old',
        'Verify again in the application, and retry with the new session token.',
      ];
    case 'forbidden':
      return [
        withoutFullStop(refusal.description),
        'Give the user or the organization the access that the rule requires.',
      ];
    case 'misconfigured':
      return [
        'Clerk refuses the secret key, or none is set, so the token cannot be verified',
        'Set CLERK_SECRET_KEY to a key of this instance.',
      ];
    case 'too_many_requests':
      return ['There are too many requests', `Try again in ${refusal.retryAfter} seconds.`];
    case 'unavailable':
      return [
        refusal.policy === undefined
          ? 'Clerk does not answer, so the token cannot be verified'
          : `The policy ${refusal.policy} failed`,
        `Try again in ${refusal.retryAfter} seconds.`,
      ];
  }
}

/** Removes the full stop, which the caller adds when it prints the message. */
function withoutFullStop(text: string): string {
  return text.replace(/\.$/, '');
}
