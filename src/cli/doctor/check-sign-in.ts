import type { JsonObject } from '../../clerk/json-object.js';
import { type Check, failure, ok, warning } from './report.js';
import { describeAnswer, isDocument, type Probe } from '../probe.js';

/** What the checks of the authorization server know beforehand. */
export interface SignInSetup {
  readonly issuer: string;
  /** An OAuth application was made for the clients. */
  readonly hasOauthClient: boolean;
}

/** Can an MCP client find the authorization server, become a client of it and stay signed in? */
export async function checkSignIn(
  { issuer, hasOauthClient }: SignInSetup,
  probe: Probe,
): Promise<{ readonly checks: readonly Check[]; readonly scopes: readonly string[] | undefined }> {
  const result = await probe(`${issuer}/.well-known/oauth-authorization-server`);
  if (!isDocument(result)) {
    const cure = 'Let this machine reach the Frontend API. Clients need the document to sign in.';
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

function namesIssuer({ issuer: named }: JsonObject, issuer: string): Check {
  if (named === issuer) return ok('issuer', `Clerk issues tokens as ${issuer}`);
  return failure(
    'issuer',
    `The document of ${issuer} names the issuer ${String(named)}: every token would be refused`,
    'Set CLERK_DOMAIN to that issuer.',
  );
}

function clientRegistration(json: JsonObject, hasOauthClient: boolean): Check {
  const ways = [
    json['client_id_metadata_document_supported'] === true && 'CIMD',
    typeof json['registration_endpoint'] === 'string' && 'DCR',
  ].filter(Boolean);
  if (ways.length > 0) {
    return ok('client-registration', `MCP clients become known by ${ways.join(' and ')}`);
  }
  if (hasOauthClient) {
    return ok('client-registration', 'MCP clients use an OAuth application that you made for them');
  }
  return warning(
    'client-registration',
    'An MCP client cannot become a client of this instance by itself',
    'Switch on client id metadata documents (or dynamic client registration) in the dashboard, or make an OAuth application and give its id to the client.',
  );
}

function pkce(json: JsonObject): Check {
  if (textsIn(json, 'code_challenge_methods_supported')?.includes('S256')) {
    return ok('pkce', 'PKCE with S256 is there');
  }
  return failure(
    'pkce',
    'The authorization server does not say that it supports PKCE with S256, and clients will refuse it',
    'Ask the operator of the authorization server, or check CLERK_DOMAIN.',
  );
}

function refresh(json: JsonObject): Check {
  const grants = textsIn(json, 'grant_types_supported')?.includes('refresh_token');
  const scope = textsIn(json, 'scopes_supported')?.includes('offline_access');
  if (grants && scope) return ok('refresh', 'Clients can stay signed in (offline_access)');
  return warning(
    'refresh',
    'Clients get no refresh token, so their users sign in again and again',
    'Allow the scope offline_access for the OAuth applications of this instance.',
  );
}

function textsIn(json: JsonObject, name: string): readonly string[] | undefined {
  const value = json[name];
  return Array.isArray(value) ? value.map(String) : undefined;
}
