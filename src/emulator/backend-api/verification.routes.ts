import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { EmulatorCore } from '../emulator-core.js';
import { ClerkApiError } from '../emulator.errors.js';
import type { RequestFaults } from '../http/request-faults.js';
import type { ApiKey } from '../instance/api-keys.js';
import type { M2MToken } from '../instance/machines.js';
import { parseInput } from './request-input.js';

/**
 * Verification of OAuth access tokens, API keys and M2M tokens. `@clerk/backend` omits `/v1` in these
 * URLs.
 */
export function verificationRoutes(core: EmulatorCore, faults: RequestFaults): FastifyPluginAsync {
  return async (app) => {
    for (const prefix of ['', '/v1']) {
      app.post(`${prefix}/oauth_applications/access_tokens/verify`, async (request) => {
        const { access_token } = parseInput(AccessTokenBody, request.body);
        return applyFault(request, faults, await verifyAccessToken(core, access_token));
      });
      app.post(`${prefix}/api_keys/verify`, (request) => {
        const key = core.apiKeys.findBySecret(parseInput(SecretBody, request.body).secret);
        if (!key || isInactive(core, key)) throw ClerkApiError.notFound('The API key');
        return applyFault(request, faults, apiKeyJson(key));
      });
      app.post(`${prefix}/m2m_tokens/verify`, (request) => {
        const token = core.machines.findToken(parseInput(TokenBody, request.body).token);
        if (!token || isInactive(core, token)) throw ClerkApiError.notFound('The token');
        return applyFault(request, faults, m2mTokenJson(token));
      });
    }
  };
}

const AccessTokenBody = z.object({ access_token: z.string() });
const SecretBody = z.object({ secret: z.string() });
const TokenBody = z.object({ token: z.string() });

function applyFault(
  request: FastifyRequest,
  faults: RequestFaults,
  body: Record<string, unknown>,
): Record<string, unknown> {
  if (faults.affects(request, 'inactive')) return { active: false };
  if (faults.affects(request, 'empty_body')) return {};
  if (faults.affects(request, 'expired')) return { ...body, expired: true };
  if (faults.affects(request, 'revoked')) {
    return { ...body, revoked: true, revocation_reason: 'This fault is active in the emulator.' };
  }
  return body;
}

function isInactive(core: EmulatorCore, credential: ApiKey | M2MToken): boolean {
  const { revoked, expiration } = credential;
  return revoked || (expiration !== null && expiration <= core.now());
}

function apiKeyJson(key: ApiKey): Record<string, unknown> {
  return {
    object: 'api_key',
    id: key.id,
    type: 'api_key',
    name: key.name,
    subject: key.subject,
    scopes: key.scopes,
    claims: key.claims,
    revoked: key.revoked,
    revocation_reason: key.revocationReason,
    expired: false,
    expiration: key.expiration,
    created_by: key.createdBy,
    description: key.description,
    last_used_at: key.lastUsedAt,
    created_at: key.createdAt,
    updated_at: key.updatedAt,
  };
}

function m2mTokenJson(token: M2MToken): Record<string, unknown> {
  return {
    object: 'machine_to_machine_token',
    id: token.id,
    subject: token.subject,
    scopes: token.scopes,
    claims: token.claims,
    revoked: token.revoked,
    revocation_reason: token.revocationReason,
    expired: false,
    expiration: token.expiration,
    created_at: token.createdAt,
    updated_at: token.updatedAt,
  };
}

/**
 * The verification response for an OAuth access token. Times are in seconds, as in Clerk's OpenAPI
 * document.
 *
 * @throws ClerkApiError 404 for a token that the instance did not issue
 */
async function verifyAccessToken(
  core: EmulatorCore,
  presented: string,
): Promise<Record<string, unknown>> {
  const token = await core.accessTokens.find(presented);
  if (!token) throw ClerkApiError.notFound('The access token');
  const expired = core.accessTokens.isExpired(token);
  const isStale = expired || token.revoked;
  if (isStale && core.settings.switches.staleAccessTokens === 'not_found') {
    throw ClerkApiError.notFound('The access token');
  }
  return {
    object: 'clerk_idp_oauth_access_token',
    id: token.id,
    client_id: token.clientId,
    type: 'oauth:access_token',
    subject: token.subject,
    scopes: token.scopes,
    revoked: token.revoked,
    revocation_reason: token.revoked ? 'Revoked by the client or the user.' : null,
    expired,
    expiration: token.expiresAt,
    created_at: token.issuedAt,
    updated_at: token.issuedAt,
    ...(token.audience.length === 0 ? {} : { aud: token.audience }),
  };
}
