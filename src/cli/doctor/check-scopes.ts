import { type Check, failure, ok } from './check.js';

/**
 * Are the scopes that the server asks for known to Clerk?
 *
 * @param asked what the metadata of the server names
 * @param known what the authorization server supports
 */
export function checkScopes(asked: readonly string[], known: readonly string[]): Check {
  const unknown = asked.filter((scope) => !known.includes(scope));
  if (unknown.length === 0)
    return ok('scopes', `Clerk knows what clients ask for: ${asked.join(' ')}`);
  return failure(
    'scopes',
    `Clerk does not know ${unknown.join(' ')}, so a sign-in ends with invalid_scope`,
    'Create these scopes in the dashboard, or leave them out of the option scopes of ClerkAuthModule.',
  );
}
