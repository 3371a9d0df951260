import { createHash, timingSafeEqual } from 'node:crypto';
import type { EmulatorCore } from '../emulator-core.js';
import type { OAuthApplication } from '../instance/oauth-applications.js';
import type { AuthorizationCode } from './authorization-codes.js';
import { OAuthError } from './oauth.error.js';
import { narrowResources } from './resource-indicators.js';
import { grantsRefreshToken, issueTokens, type TokenResponse } from './token-response.js';

/**
 * Exchanges an authorization code for tokens (RFC 6749 §4.1.3, RFC 7636).
 *
 * @throws OAuthError
 */
export async function exchangeAuthorizationCode(
  core: EmulatorCore,
  client: OAuthApplication,
  form: URLSearchParams,
  dropAudience: boolean,
): Promise<TokenResponse> {
  const value = form.get('code');
  if (!value) throw new OAuthError('invalid_request', 'code is missing.');
  const code = core.codes.find(value);
  if (!code || code.clientId !== client.clientId) {
    throw new OAuthError('invalid_grant', 'The authorization code is unknown or has expired.');
  }
  if (code.used) {
    // RFC 6749 §4.1.2: somebody else may hold the tokens that the first use gave out.
    core.grants.revoke(code.grantId);
    throw new OAuthError('invalid_grant', 'The authorization code was used before.');
  }
  checkRedirectUri(code, form.get('redirect_uri'));
  checkCodeVerifier(code, form.get('code_verifier'));

  const grant = core.grants.find(code.grantId);
  if (!grant || !core.users.find(grant.userId)) {
    throw new OAuthError('invalid_grant', 'The authorization was withdrawn.');
  }
  const resources = narrowResources(grant.resources, form);
  core.codes.markUsed(value);
  return issueTokens(core, grant, {
    scopes: grant.scopes,
    resources: dropAudience ? [] : resources,
    refreshToken: grantsRefreshToken(core, grant.scopes)
      ? core.grants.createRefreshToken(grant)
      : undefined,
  });
}

const CODE_VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/;

function checkRedirectUri(code: AuthorizationCode, redirectUri: string | null): void {
  if (code.redirectUri !== redirectUri) {
    throw new OAuthError(
      'invalid_grant',
      'The redirect_uri differs from the authorization request.',
    );
  }
}

function checkCodeVerifier(code: AuthorizationCode, verifier: string | null): void {
  if (code.codeChallenge === null) {
    if (verifier === null) return;
    // RFC 9700 §2.1.1: the challenge was stripped from the request on its way (a downgrade).
    throw new OAuthError('invalid_grant', 'The authorization request had no code_challenge.');
  }
  if (verifier === null || !CODE_VERIFIER.test(verifier)) {
    throw new OAuthError('invalid_grant', 'The code_verifier is missing or malformed.');
  }
  const actual = createHash('sha256').update(verifier).digest();
  const expected = Buffer.from(code.codeChallenge, 'base64url');
  if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) {
    throw new OAuthError('invalid_grant', 'The code_verifier does not match the code_challenge.');
  }
}
