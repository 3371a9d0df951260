import { createHash, randomBytes } from 'node:crypto';
import type { ProbeResult } from '../../probe.js';
import { bodyOf, codeOf, errorOf, type LiveInstance } from './live-instance.js';

/** An authorization request (RFC 6749 §4.1.1) with PKCE. */
export interface Authorization {
  readonly url: string;
  readonly state: string;
  readonly verifier: string;
  readonly clientId: string;
  readonly redirectUri: string;
}

/** The parameters of an authorization request that differ from request to request. */
export interface AuthorizationRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  /** Space-delimited. */
  readonly scope: string;
  readonly resource?: string;
}

export function authorizationOf(
  { issuer, secrets }: LiveInstance,
  { clientId, redirectUri, scope, resource }: AuthorizationRequest,
): Authorization {
  const [state, verifier] = [random(), random()];
  secrets.keep(state, verifier);
  const url = new URL(`${issuer}/oauth/authorize`);
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope,
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...(resource !== undefined && { resource }),
  }).toString();
  return { url: url.href, state, verifier, clientId, redirectUri };
}

/**
 * Sends an authorization request without a browser. The server checks the client, the redirect URI and
 * the scopes before it asks anybody to sign in.
 */
export async function knock(instance: LiveInstance, request: AuthorizationRequest): Promise<Knock> {
  const { url } = authorizationOf(instance, request);
  return readKnock(await instance.get(url), instance.issuer, request.redirectUri);
}

/** How the authorization endpoint takes a request without a browser. */
export type Knock =
  /** It goes on to the sign-in. */
  | { readonly outcome: 'accepted' }
  /** `atClient`: the error goes to the redirect URI, which is accepted then. */
  | { readonly outcome: 'refused'; readonly error: string; readonly atClient: boolean }
  | { readonly outcome: 'unknown'; readonly error: string };

function readKnock(result: ProbeResult, issuer: string, redirectUri: string): Knock {
  if ('failure' in result) return { outcome: 'unknown', error: result.failure };
  const { status, headers } = result;
  const location = headers.get('location');
  if (status >= 300 && status < 400 && location !== null && URL.canParse(location, issuer)) {
    const { href, searchParams } = new URL(location, issuer);
    const atClient = href.startsWith(redirectUri);
    const error = searchParams.get('error');
    if (error !== null) return { outcome: 'refused', error: codeOf(error), atClient };
    return { outcome: 'accepted' };
  }
  const isRefusal = status >= 400 && status < 500 && status !== 408 && status !== 429;
  if (isRefusal) return { outcome: 'refused', error: errorOf(result), atClient: false };
  return { outcome: 'unknown', error: errorOf(result) };
}

/** Exchanges the code of an authorization response for tokens. */
export async function exchange(
  instance: LiveInstance,
  { clientId, redirectUri, verifier }: Authorization,
  code: string,
  resource: string | undefined,
): Promise<Tokens | ProbeResult> {
  instance.secrets.keep(code);
  const answer = await instance.token(clientId, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
    ...(resource !== undefined && { resource }),
  });
  return tokensOf(clientId, answer) ?? answer;
}

/** Tokens of a client. */
export interface Tokens {
  readonly clientId: string;
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  readonly idToken: string | undefined;
  /** `expires_in`, in seconds. */
  readonly expiresIn: number | undefined;
  readonly scopes: readonly string[] | undefined;
}

/** The tokens in an answer of the token endpoint; `undefined` if it has none. */
export function tokensOf(clientId: string, answer: ProbeResult): Tokens | undefined {
  const json = bodyOf(answer);
  const { access_token: accessToken } = json;
  if (!('status' in answer) || answer.status !== 200 || typeof accessToken !== 'string') {
    return undefined;
  }
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  const { expires_in: seconds } = json;
  return {
    clientId,
    accessToken,
    refreshToken: text(json['refresh_token']),
    idToken: text(json['id_token']),
    expiresIn: typeof seconds === 'number' ? seconds : undefined,
    scopes: text(json['scope'])?.split(' ').filter(Boolean),
  };
}

function random(): string {
  return randomBytes(32).toString('base64url');
}
