import { describe, expect, it } from 'vitest';
import { describeRefusal } from '../../src/access/describe-refusal.js';
import type { Refusal } from '../../src/access/refusal.js';

describe('describeRefusal', () => {
  it.each<[Refusal, message: string, cure: string]>([
    [
      { reason: 'unauthenticated' },
      'The caller is not signed in',
      'Send an access token in the Authorization header.',
    ],
    [
      { reason: 'token_expired' },
      'The token has expired',
      'Refresh it. If it is new, compare the clocks.',
    ],
    [
      { reason: 'invalid_token', description: 'The token has another audience.' },
      'The token has another audience',
      'Sign in again with the client at this Clerk instance.',
    ],
    [
      { reason: 'insufficient_scope', scopes: ['notes:read', 'notes:write'] },
      'The token does not grant all required scopes: notes:read notes:write',
      'The client must request these scopes, and the user must grant them.',
    ],
    [
      { reason: 'reverification', reverification: 'strict' },
      'The last verification of the user is too old',
      'Verify again in the application, and retry with the new session token.',
    ],
    [
      { reason: 'forbidden', description: 'This needs the plan pro.' },
      'This needs the plan pro',
      'Give the user or the organization the access that the rule requires.',
    ],
    [
      { reason: 'misconfigured' },
      'Clerk refuses the secret key, or none is set, so the token cannot be verified',
      'Set CLERK_SECRET_KEY to a key of this instance.',
    ],
    [
      { reason: 'too_many_requests', retryAfter: 30 },
      'There are too many requests',
      'Try again in 30 seconds.',
    ],
    [
      { reason: 'unavailable', retryAfter: 5 },
      'Clerk does not answer, so the token cannot be verified',
      'Try again in 5 seconds.',
    ],
    [
      { reason: 'unavailable', retryAfter: 7, policy: 'Quota' },
      'The policy Quota failed',
      'Try again in 7 seconds.',
    ],
  ])('says of %j what happened, and what to do', (refusal, message, cure) => {
    expect(describeRefusal(refusal)).toEqual([message, cure]);
  });

  it('removes only the full stop at the end', () => {
    const description = 'Ask admin.example.com. It is open on weekdays.';
    expect(describeRefusal({ reason: 'forbidden', description })[0]).toBe(
      'Ask admin.example.com. It is open on weekdays',
    );
    expect(describeRefusal({ reason: 'invalid_token', description: 'No e.g. here' })[0]).toBe(
      'No e.g. here',
    );
  });
});
