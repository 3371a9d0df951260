import { createHash, randomBytes } from 'node:crypto';
import type { ClientUse } from '../client-driver.js';

/** Why most cells cannot be measured of a program that its user gives a token. */
export const GIVEN_TOKEN = 'is given a token';

/** The sign-in of a person for a program that is given a token. */
export interface GivenToken {
  readonly issuer: string;
  readonly accessToken: string;
}

/** Signs in with an application of the dashboard, by the authorization code flow with PKCE. */
export async function signInFor({
  url,
  browser,
  createApplication,
}: ClientUse): Promise<GivenToken> {
  const clientId = await createApplication([REDIRECT_URL]);
  const metadataUrl = new URL('/.well-known/oauth-protected-resource/mcp', url);
  const { authorization_servers } = await json(await fetch(metadataUrl));
  const issuer: string = authorization_servers[0];
  const server = await json(await fetch(`${issuer}/.well-known/oauth-authorization-server`));
  const verifier = randomBytes(32).toString('base64url');
  const authorization = new URL(server.authorization_endpoint);
  authorization.search = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: REDIRECT_URL,
    scope: 'profile email',
    state: randomBytes(16).toString('base64url'),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    resource: url,
  }).toString();
  const callback = await browser.visit(authorization, false);
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code: callback.searchParams.get('code') ?? '',
    client_id: clientId,
    redirect_uri: REDIRECT_URL,
    code_verifier: verifier,
    resource: url,
  });
  const tokens = await json(await fetch(server.token_endpoint, { method: 'POST', body }));
  return { issuer, accessToken: tokens.access_token };
}

/** Nobody listens there: the harness takes the callback from the browser. */
const REDIRECT_URL = 'http://127.0.0.1:33418/callback';

async function json(response: Response): Promise<any> {
  if (!response.ok) throw new Error(`${response.url}: ${await response.text()}`);
  return response.json();
}
