import type { ResolvedClerkOptions } from '../../clerk/resolved-clerk-options.js';
import { type Check, ok, warning, failure } from './report.js';
import { isDocument, type Probe } from '../probe.js';

/** Which tokens does the instance issue, and which are let in? */
export async function checkTokens(
  {
    apiURL,
    secretKey,
    audience,
    resource,
    acceptedTokens,
    authorizedParties,
  }: ResolvedClerkOptions,
  probe: Probe,
): Promise<readonly Check[]> {
  const settings = await probe(`${apiURL}/v1/instance/oauth_application_settings`, {
    headers: { authorization: `Bearer ${secretKey}` },
  });
  const json = isDocument(settings) ? settings.json : {};
  return [
    format(json['oauth_jwt_access_tokens'], secretKey.startsWith('sk_test_')),
    audienceRule(audience, resource),
    ...(acceptedTokens.has('session_token') ? [sessionTokens(authorizedParties)] : []),
  ];
}

function format(isJwt: unknown, isDevelopment: boolean): Check {
  if (isJwt === true) {
    return ok('token-format', 'OAuth access tokens are JWTs, verified here without asking Clerk');
  }
  if (isJwt !== false) {
    return warning(
      'token-format',
      'Clerk does not say whether access tokens are JWTs or opaque; both work',
      'Pipe a token in with --token to see.',
    );
  }
  if (!isDevelopment) {
    return ok(
      'token-format',
      'OAuth access tokens are opaque: Clerk is asked about each, and can revoke it',
    );
  }
  return warning(
    'token-format',
    'OAuth access tokens are opaque, and a development instance answers 100 questions in 10 seconds',
    'Switch JWT access tokens on in the dashboard, or expect 503 under load.',
  );
}

function audienceRule(audience: 'required' | 'foreign-only', resource: string): Check {
  if (audience === 'required') return ok('audience', `Access tokens must be made for ${resource}`);
  return warning(
    'audience',
    'Access tokens without an audience are let in, from any OAuth application of the instance',
    `Register ${resource} as an MCP server in the dashboard and set CLERK_AUDIENCE=required.`,
  );
}

function sessionTokens(authorizedParties: readonly string[]): Check {
  if (authorizedParties.length > 0) {
    return ok('session-tokens', `Session tokens are let in from ${authorizedParties.join(', ')}`);
  }
  return warning(
    'session-tokens',
    'Session tokens of any site of the instance are let in',
    'Set CLERK_AUTHORIZED_PARTIES to your origins, or CLERK_ACCEPTED_TOKENS=oauth_token.',
  );
}

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
