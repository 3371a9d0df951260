import type { JsonObject } from '../../request/json-object.js';
import { type Check, failure, ok, warning } from './report.js';
import { describeAnswer, isDocument, type Probe } from '../probe.js';

/** Checks that an MCP client can find the authorization server, register, and stay signed in. */
export async function checkSignIn(
  { issuer, hasOauthClient }: SignInSetup,
  probe: Probe,
): Promise<{ readonly checks: readonly Check[]; readonly scopes: readonly string[] | undefined }> {
  const result = await probe(`${issuer}/.well-known/oauth-authorization-server`);
  if (!isDocument(result)) {
    const cure =
      'Allow this machine to connect to the Frontend API. Clients need the document to sign in.';
    return { checks: [failure('issuer', describeAnswer(result), cure)], scopes: undefined };
  }
  const { json } = result;
  const checks = [
    namesIssuer(json, issuer),
    clientRegistration(json, hasOauthClient),
    pkce(json),
    refresh(json),
  ];
  return { checks, scopes: textsIn(json, 'scopes_supported') };
}

/** Input of {@link checkSignIn}. */
interface SignInSetup {
  readonly issuer: string;
  /** Whether an OAuth application for the clients is configured. */
  readonly hasOauthClient: boolean;
}

function namesIssuer({ issuer: named }: JsonObject, issuer: string): Check {
  if (named === issuer) return ok('issuer', `The issuer of the tokens is ${issuer}`);
  return failure(
    'issuer',
    `The document of ${issuer} names the issuer ${String(named)}: every token would be refused`,
    'Set CLERK_DOMAIN to that issuer.',
  );
}

function clientRegistration(json: JsonObject, hasOauthClient: boolean): Check {
  const methods = [
    json['client_id_metadata_document_supported'] === true && 'CIMD',
    typeof json['registration_endpoint'] === 'string' && 'DCR',
  ].filter(Boolean);
  if (methods.length > 0) {
    return ok('client-registration', `MCP clients can register with ${methods.join(' and ')}`);
  }
  if (hasOauthClient) {
    return ok('client-registration', 'MCP clients can use the configured OAuth application');
  }
  return warning(
    'client-registration',
    'MCP clients cannot register at this instance',
    'Enable client ID metadata documents (or dynamic client registration) in the dashboard, or create an OAuth application and configure its id in the client.',
  );
}

function pkce(json: JsonObject): Check {
  if (textsIn(json, 'code_challenge_methods_supported')?.includes('S256')) {
    return ok('pkce', 'PKCE with S256 is supported');
  }
  return failure(
    'pkce',
    'The authorization server does not announce PKCE with S256, so clients refuse it',
    'Ask the operator of the authorization server, or check CLERK_DOMAIN.',
  );
}

function refresh(json: JsonObject): Check {
  const grants = textsIn(json, 'grant_types_supported')?.includes('refresh_token');
  const scope = textsIn(json, 'scopes_supported')?.includes('offline_access');
  if (grants && scope) return ok('refresh', 'Clients can stay signed in (offline_access)');
  return warning(
    'refresh',
    'Clients get no refresh token, so users must sign in again whenever a token expires',
    'Allow the scope offline_access for the OAuth applications of this instance.',
  );
}

function textsIn(json: JsonObject, name: string): readonly string[] | undefined {
  const value = json[name];
  return Array.isArray(value) ? value.map(String) : undefined;
}
