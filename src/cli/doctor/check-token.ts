import type { ClerkAuthOptions } from '../../clerk/clerk-auth.options.js';
import { acceptsAudience } from '../../clerk/audiences.js';
import type { ResolvedClerkOptions } from '../../clerk/resolved-clerk-options.js';
import {
  classifyJwt,
  classifyOpaque,
  type DecodedJwt,
  decodeJwt,
} from '../../clerk/tokens/classify.js';
import { describeRefusal } from '../../access/describe-refusal.js';
import type { TokenResult } from '../../access/authenticate-token.js';
import { verifyToken } from '../verify-token.js';
import { type Check, failure, ok, warning } from './report.js';

/** Checks one token: its kind, issuer and audience, and whether the server accepts it. */
export async function checkToken(
  token: string,
  options: ClerkAuthOptions,
  clerk: ResolvedClerkOptions,
  requested: readonly string[],
): Promise<readonly Check[]> {
  const jwt = decodeJwt(token);
  const result = await verifyToken(token, options);
  return [
    kind(jwt ? classifyJwt(jwt) : classifyOpaque(token), jwt !== undefined, clerk),
    ...(jwt ? [tokenIssuer(jwt, clerk), ...tokenAudience(jwt, clerk)] : []),
    acceptance(result),
    ...grantedScopes(result, requested),
  ];
}

function kind(type: string | undefined, isJwt: boolean, { acceptedTokens }: ResolvedClerkOptions) {
  const name = 'token-kind';
  if (type === undefined) {
    const cure = 'Copy the access token that the client sends, without "Bearer".';
    return failure(name, 'The input is not a token of Clerk', cure);
  }
  const message = `The token is of the kind ${type}, ${isJwt ? 'a JWT' : 'opaque'}`;
  if ((acceptedTokens as ReadonlySet<string>).has(type)) return ok(name, message);
  return failure(
    name,
    `${message}, which is not accepted`,
    `Add ${type} to CLERK_ACCEPTED_TOKENS.`,
  );
}

function tokenIssuer({ claims }: DecodedJwt, { issuer }: ResolvedClerkOptions): Check {
  const { iss } = claims;
  if (iss === issuer) return ok('token-issuer', `The token was issued by ${issuer}`);
  return failure(
    'token-issuer',
    `The token was issued by ${String(iss)}, not by ${issuer}`,
    'Sign in again with the client, or set CLERK_DOMAIN to the instance that it uses.',
  );
}

function tokenAudience(
  jwt: DecodedJwt,
  { resource, audience, audiences }: ResolvedClerkOptions,
): readonly Check[] {
  if (classifyJwt(jwt) !== 'oauth_token') return [];
  const named = [jwt.claims['aud'] ?? []].flat().map(String);
  const accepted = named.find((name) => acceptsAudience(audiences, name));
  if (accepted !== undefined)
    return [ok('token-audience', `The audience of the token is ${accepted}`)];
  const message =
    named.length > 0
      ? `The audience of the token is ${named.join(', ')}`
      : 'The token has no audience';
  const setting =
    named.length > 0
      ? 'If its audience is a name of this server, add it to CLERK_AUDIENCES.'
      : 'CLERK_AUDIENCE=foreign-only accepts tokens without audience.';
  const cure = `Register ${resource} as an MCP server in the dashboard. The client must send it as the parameter "resource" and sign in again. ${setting}`;
  if (named.length === 0 && audience === 'foreign-only')
    return [warning('token-audience', message, cure)];
  return [failure('token-audience', `${message}, not ${resource}`, cure)];
}

function acceptance({ principal, refusal }: TokenResult): Check {
  if (principal) return ok('token', 'The server accepts the token');
  return failure('token', ...describeRefusal(refusal));
}

function grantedScopes({ principal }: TokenResult, requested: readonly string[]): readonly Check[] {
  const granted = principal?.scopes;
  if (!granted) return [];
  const missing = requested.filter((scope) => !granted.includes(scope));
  if (missing.length === 0) return [ok('token-scopes', `The token grants ${granted.join(' ')}`)];
  return [
    warning(
      'token-scopes',
      `The token grants ${granted.join(' ') || 'no scope'}, but not ${missing.join(' ')}`,
      'The client must request these scopes, and the user must grant them.',
    ),
  ];
}
