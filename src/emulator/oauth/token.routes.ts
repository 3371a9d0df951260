import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyPluginAsync } from 'fastify';
import type { EmulatorCore } from '../emulator-core.js';
import { OAuthError } from '../emulator.errors.js';
import { acceptForms, formOf } from '../http/body-parsers.js';
import type { RequestFaults } from '../http/request-faults.js';
import type { OAuthApplication } from '../instance/oauth-applications.js';
import { parseScope, refuseForeignScopes } from '../instance/scopes.js';
import type { AuthorizationCode } from '../tokens/grants.js';
import { issueTokens, type TokenResponse } from '../tokens/token-response.js';
import { authenticateClient } from './client-authentication.js';
import { narrowResources, refuseRepeatedParameters } from './request-parameters.js';

/** The token endpoint (RFC 6749 §3.2). It accepts forms only. */
export function tokenRoutes(core: EmulatorCore, faults: RequestFaults): FastifyPluginAsync {
  return async (app) => {
    acceptForms(app);
    app.post('/oauth/token', async (request, reply) => {
      const form = formOf(request.body);
      refuseRepeatedParameters(form);
      const grantType = form.get('grant_type');
      if (grantType === null) throw new OAuthError('invalid_request', 'grant_type is missing.');
      const exchange = EXCHANGES.get(grantType);
      if (!exchange) {
        throw new OAuthError('unsupported_grant_type', 'The grant type is not supported.');
      }
      const client = authenticateClient(core, request, form);
      const dropAudience = faults.affects(request, 'no_audience');
      const tokens = await exchange(core, client, form, dropAudience);
      return reply.header('cache-control', 'no-store').header('pragma', 'no-cache').send(tokens);
    });
  };
}

type Exchange = (
  core: EmulatorCore,
  client: OAuthApplication,
  form: URLSearchParams,
  dropAudience: boolean,
) => Promise<TokenResponse>;

const EXCHANGES: ReadonlyMap<string, Exchange> = new Map([
  ['authorization_code', exchangeAuthorizationCode],
  ['refresh_token', exchangeRefreshToken],
]);

/**
 * Exchanges an authorization code for tokens (RFC 6749 §4.1.3, RFC 7636).
 *
 * @throws OAuthError
 */
async function exchangeAuthorizationCode(
  core: EmulatorCore,
  client: OAuthApplication,
  form: URLSearchParams,
  dropAudience: boolean,
): Promise<TokenResponse> {
  const value = form.get('code');
  if (!value) throw new OAuthError('invalid_request', 'code is missing.');
  const code = core.codes.get(value);
  if (!code || code.clientId !== client.clientId) {
    throw new OAuthError('invalid_grant', 'The authorization code is unknown or has expired.');
  }
  if (code.used) {
    // RFC 6749 §4.1.2: an attacker may have obtained the tokens of the first use.
    core.grants.revoke(code.grantId);
    throw new OAuthError('invalid_grant', 'The authorization code was used before.');
  }
  checkRedirectUri(code, form.get('redirect_uri'));
  checkCodeVerifier(code, form.get('code_verifier'));

  const grant = core.grants.find(code.grantId);
  if (!grant || !core.users.find(grant.userId)) {
    throw new OAuthError('invalid_grant', 'The authorization was revoked.');
  }
  const resources = narrowResources(grant.resources, form, core.settings.switches);
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
    // RFC 9700 §2.1.1: an attacker removed the challenge from the authorization request (downgrade).
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

/**
 * Exchanges a refresh token for new tokens (RFC 6749 §6). With rotation, the old refresh token
 * becomes invalid, and a replay of it revokes the grant (RFC 9700 §4.14.2).
 *
 * @throws OAuthError
 */
async function exchangeRefreshToken(
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
  if (!isUsable(core, token.replacedAt)) {
    core.grants.revoke(grant.id);
    throw new OAuthError('invalid_grant', 'The refresh token was used before.');
  }
  const scopes = narrowScopes(grant.scopes, form.get('scope'));
  refuseForeignScopes(core.scopes, client, scopes);
  const { audienceAfterRefresh } = core.settings.switches;
  const resources = narrowResources(grant.resources, form, core.settings.switches);

  let next: string | undefined;
  if (core.settings.switches.rotateRefreshTokens) {
    core.grants.markRefreshTokenReplaced(value);
    next = core.grants.createRefreshToken(grant);
  }
  return issueTokens(core, grant, {
    scopes,
    resources: dropAudience || !audienceAfterRefresh ? [] : resources,
    refreshToken: next,
  });
}

/** A replaced refresh token works for the time of grace only. */
function isUsable(core: EmulatorCore, replacedAt: number | null): boolean {
  return (
    replacedAt === null || core.now() - replacedAt < core.settings.switches.refreshTokenGraceMs
  );
}

function narrowScopes(granted: readonly string[], scope: string | null): readonly string[] {
  const requested = parseScope(scope);
  if (requested.length === 0) return granted;
  if (requested.every((name) => granted.includes(name))) return requested;
  throw new OAuthError('invalid_scope', 'A refresh cannot add scopes that were not granted.');
}

/** Whether the response contains a refresh token. */
function grantsRefreshToken(core: EmulatorCore, scopes: readonly string[]): boolean {
  return core.settings.switches.alwaysRefreshToken || scopes.includes('offline_access');
}
