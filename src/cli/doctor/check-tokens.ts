import type { ResolvedClerkOptions } from '../../clerk/resolved-clerk-options.js';
import { type Check, ok, warning } from './report.js';
import { isDocument, type Probe } from '../probe.js';

/** Checks which tokens the instance issues, and which ones the server accepts. */
export async function checkTokens(
  {
    apiURL,
    secretKey,
    audience,
    audiences,
    resource,
    acceptedTokens,
    authorizedParties,
  }: ResolvedClerkOptions,
  probe: Probe,
): Promise<readonly Check[]> {
  return [
    secretKey === null ? jwtsAlone() : await tokenFormat(apiURL, secretKey, probe),
    audience === 'required' ? audienceRule(audiences) : anyClient(resource),
    ...(acceptedTokens.has('session_token') ? [sessionTokens(authorizedParties)] : []),
  ];
}

async function tokenFormat(apiURL: string, secretKey: string, probe: Probe): Promise<Check> {
  const settings = await probe(`${apiURL}/v1/instance/oauth_application_settings`, {
    headers: { authorization: `Bearer ${secretKey}` },
  });
  const json = isDocument(settings) ? settings.json : {};
  return format(json['oauth_jwt_access_tokens'], secretKey.startsWith('sk_test_'));
}

/** Without a secret key, neither the server nor the doctor can ask the Backend API. */
function jwtsAlone(): Check {
  return warning(
    'token-format',
    'Without CLERK_SECRET_KEY, opaque access tokens are refused, and whether Clerk issues JWTs cannot be checked',
    'Enable JWT access tokens in the dashboard, or set CLERK_SECRET_KEY. Pass a token with --token to check its format.',
  );
}

function format(isJwt: unknown, isDevelopment: boolean): Check {
  if (isJwt === true) {
    return ok(
      'token-format',
      'OAuth access tokens are JWTs, which the server verifies without a request to Clerk',
    );
  }
  if (isJwt !== false) {
    return warning(
      'token-format',
      'Clerk does not say whether access tokens are JWTs or opaque. Both work',
      'Pass a token with --token to check its format.',
    );
  }
  if (!isDevelopment) {
    return ok(
      'token-format',
      'OAuth access tokens are opaque: Clerk verifies each one and can revoke it',
    );
  }
  return warning(
    'token-format',
    'OAuth access tokens are opaque, and a development instance allows 100 requests in 10 seconds',
    'Enable JWT access tokens in the dashboard, or expect 503 under load.',
  );
}

function audienceRule([first, ...others]: readonly string[]): Check {
  const message =
    others.length === 0
      ? `Access tokens must have the audience ${first}`
      : `Access tokens must have one of the audiences ${[first, ...others].join(', ')}`;
  return ok('audience', message);
}

function anyClient(resource: string): Check {
  return warning(
    'audience',
    'Access tokens without an audience are accepted, from any OAuth application of the instance',
    `Register ${resource} as an MCP server in the dashboard and set CLERK_AUDIENCE=required.`,
  );
}

function sessionTokens(authorizedParties: readonly string[]): Check {
  if (authorizedParties.length > 0) {
    return ok('session-tokens', `Session tokens are accepted from ${authorizedParties.join(', ')}`);
  }
  return warning(
    'session-tokens',
    'Session tokens of any site of the instance are accepted',
    'Set CLERK_AUTHORIZED_PARTIES to your origins, or CLERK_ACCEPTED_TOKENS=oauth_token.',
  );
}
