import type { EmulatorCore } from '../emulator-core.js';
import type { OAuthApplication } from '../instance/oauth-applications.js';
import { parseScope } from '../instance/scopes.js';
import { OAuthError } from './oauth.error.js';
import { narrowResources } from './resource-indicators.js';
import { issueTokens, type TokenResponse } from './token-response.js';

/**
 * Exchanges a refresh token for new tokens (RFC 6749 §6). With rotation, the old refresh token ends
 * and its replay ends the whole family (RFC 9700 §4.14.2).
 *
 * @throws OAuthError
 */
export async function refresh(
  core: EmulatorCore,
  client: OAuthApplication,
  form: URLSearchParams,
  dropAudience: boolean,
): Promise<TokenResponse> {
  const value = form.get('refresh_token');
  if (!value) throw new OAuthError('invalid_request', 'refresh_token is missing.');
  const token = core.grants.findRefreshToken(value);
  const grant = token && core.grants.find(token.grantId);
  if (!grant || grant.clientId !== client.clientId || !core.users.find(grant.userId)) {
    throw new OAuthError('invalid_grant', 'The refresh token is unknown, expired or revoked.');
  }
  if (token.used) {
    core.grants.revoke(grant.id);
    throw new OAuthError('invalid_grant', 'The refresh token was used before.');
  }
  const scopes = narrowScopes(grant.scopes, form.get('scope'));
  const resources = narrowResources(grant.resources, form);

  let next: string | undefined;
  if (core.settings.switches.rotateRefreshTokens) {
    core.grants.retireRefreshToken(value);
    next = core.grants.createRefreshToken(grant);
  }
  return issueTokens(core, grant, {
    scopes,
    resources: dropAudience ? [] : resources,
    refreshToken: next,
  });
}

function narrowScopes(granted: readonly string[], scope: string | null): readonly string[] {
  const asked = parseScope(scope);
  if (asked.length === 0) return granted;
  if (asked.every((name) => granted.includes(name))) return asked;
  throw new OAuthError('invalid_scope', 'A refresh cannot add scopes to what was granted.');
}
