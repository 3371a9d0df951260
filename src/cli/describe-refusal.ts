import type { Refusal } from '../access/refusal.js';

/** A refusal in plain words: what is so, and what to do. */
export function describeRefusal(refusal: Refusal): readonly [message: string, cure: string] {
  switch (refusal.reason) {
    case 'unauthenticated':
      return ['Nobody is signed in', 'Send an access token in the Authorization header.'];
    case 'token_expired':
      return ['The token has expired', 'Refresh it. If it is new, compare the clocks.'];
    case 'invalid_token':
      return [
        sentence(refusal.description),
        'Let the client sign in anew at this instance of Clerk.',
      ];
    case 'insufficient_scope':
      return [
        `Not all scopes are granted that are needed: ${refusal.scopes.join(' ')}`,
        'The client has to ask for these scopes, and the user to allow them.',
      ];
    case 'reverification':
      return [
        'The user has not verified lately enough',
        'Verify once more in the application, and try again with the new session token.',
      ];
    case 'forbidden':
      return [
        sentence(refusal.description),
        'Give the user or the organization what the rule asks for.',
      ];
    case 'misconfigured':
      return [
        'Clerk refuses the secret key, so nothing can be said of the token',
        'Set CLERK_SECRET_KEY to a key of this instance.',
      ];
    case 'too_many_requests':
      return ['There were too many requests', `Try again in ${refusal.retryAfter} seconds.`];
    case 'unavailable':
      return [
        refusal.policy === undefined
          ? 'Clerk does not answer, so nothing can be said of the token'
          : `The policy ${refusal.policy} failed`,
        `Try again in ${refusal.retryAfter} seconds.`,
      ];
  }
}

/** Without the full stop, which whoever prints it sets. */
function sentence(text: string): string {
  return text.replace(/\.$/, '');
}
