import type { ClerkAuthOptions } from '../../clerk/clerk-auth.options.js';
import type { ResolvedClerkOptions } from '../../clerk/resolved-clerk-options.js';
import {
  classifyJwt,
  classifyOpaque,
  type DecodedJwt,
  decodeJwt,
} from '../../clerk/tokens/classify.js';
import { describeRefusal, type TokenVerdict, verifyToken } from '../verify-token.js';
import { type Check, failure, ok, warning } from './report.js';

/** What one token is, and whether the server would take it. Nothing of the token is told. */
export async function checkToken(
  token: string,
  options: ClerkAuthOptions,
  clerk: ResolvedClerkOptions,
  asked: readonly string[],
): Promise<readonly Check[]> {
  const jwt = decodeJwt(token);
  const verdict = await verifyToken(token, options);
  return [
    kind(jwt ? classifyJwt(jwt) : classifyOpaque(token), jwt !== undefined, clerk),
    ...(jwt ? [tokenIssuer(jwt, clerk), ...tokenAudience(jwt, clerk)] : []),
    wouldBeTaken(verdict),
    ...grantedScopes(verdict, asked),
  ];
}

function kind(type: string | undefined, isJwt: boolean, { acceptedTokens }: ResolvedClerkOptions) {
  const name = 'token-kind';
  if (type === undefined) {
    const cure = 'Copy the access token that the client sends, without "Bearer".';
    return failure(name, 'The input is no token that Clerk issues', cure);
  }
  const said = `The token is of the kind ${type}, ${isJwt ? 'a JWT' : 'opaque'}`;
  if ((acceptedTokens as ReadonlySet<string>).has(type)) return ok(name, said);
  return failure(name, `${said}, which is not let in`, `Add ${type} to CLERK_ACCEPTED_TOKENS.`);
}

function tokenIssuer({ claims }: DecodedJwt, { issuer }: ResolvedClerkOptions): Check {
  const { iss } = claims;
  if (iss === issuer) return ok('token-issuer', `The token was issued by ${issuer}`);
  return failure(
    'token-issuer',
    `The token was issued by ${String(iss)}, not by ${issuer}`,
    'Let the client sign in anew, or set CLERK_DOMAIN to the instance that it uses.',
  );
}

function tokenAudience(jwt: DecodedJwt, { resource, audience }: ResolvedClerkOptions) {
  if (classifyJwt(jwt) !== 'oauth_token') return [];
  const named = [jwt.claims['aud'] ?? []].flat().map(String);
  if (named.includes(resource)) return [ok('token-audience', `The token is made for ${resource}`)];
  const said =
    named.length > 0 ? `The token is made for ${named.join(', ')}` : 'The token has no audience';
  const cure = `Register ${resource} as an MCP server in the dashboard; the client has to ask for it by the parameter "resource", and to sign in anew.`;
  if (named.length === 0 && audience === 'foreign-only')
    return [warning('token-audience', said, cure)];
  return [failure('token-audience', `${said}, not for ${resource}`, cure)];
}

function wouldBeTaken({ principal, refusal }: TokenVerdict): Check {
  if (principal) return ok('token', 'The server would take the token');
  return failure('token', ...describeRefusal(refusal));
}

function grantedScopes({ principal }: TokenVerdict, asked: readonly string[]): readonly Check[] {
  const granted = principal?.scopes;
  if (!granted) return [];
  const missing = asked.filter((scope) => !granted.includes(scope));
  if (missing.length === 0) return [ok('token-scopes', `The token grants ${granted.join(' ')}`)];
  return [
    warning(
      'token-scopes',
      `The token grants ${granted.join(' ') || 'no scope'}, and not ${missing.join(' ')}`,
      'The client has to ask for these scopes, and the user to allow them.',
    ),
  ];
}
