import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { decodeProtectedHeader } from 'jose';
import { z } from 'zod';
import type { EmulatorCore } from '../emulator-core.js';
import { ClerkApiError } from '../emulator.errors.js';
import type { RequestFaults } from '../http/request-faults.js';
import type { AccessTokens } from '../tokens/access-tokens.js';
import { MACHINE_AUTH_PREFIXES, parseMachineAuthBody } from './machine-auth.js';
import { NO_QUERY } from './request-input.js';

/** Verification of OAuth access tokens. */
export function verificationRoutes(core: EmulatorCore, faults: RequestFaults): FastifyPluginAsync {
  return async (app) => {
    for (const prefix of MACHINE_AUTH_PREFIXES) {
      app.post(`${prefix}/oauth_applications/access_tokens/verify`, NO_QUERY, async (request) => {
        const presented = presentedToken(request.body);
        return applyVerdictFault(request, faults, await verifyAccessToken(core, presented));
      });
    }
  };
}

/** The body of a verification, changed by the fault that is active for the request. */
export function applyVerdictFault(
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

const AccessTokenBody = z.strictObject({
  access_token: z.string().optional(),
  /** The deprecated name of `access_token`. */
  secret: z.string().optional(),
});

/** @throws ClerkApiError 400 without a token that has the form of one */
function presentedToken(body: unknown): string {
  const { access_token, secret } = parseMachineAuthBody(AccessTokenBody, body ?? {});
  const presented = access_token ?? secret;
  if (presented === undefined) {
    throw new ClerkApiError(400, 'form_param_missing', 'access_token: is missing');
  }
  if (!isWellFormed(presented)) {
    const message = 'access_token: is neither an opaque access token nor a JWT';
    throw new ClerkApiError(400, 'form_param_format_invalid', message);
  }
  return presented;
}

function isWellFormed(token: string): boolean {
  if (token.startsWith('oat_')) return true;
  if (token.split('.').length !== 3) return false;
  try {
    decodeProtectedHeader(token);
    return true;
  } catch {
    return false;
  }
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
  if (expired && token.format === 'jwt') return { active: false };
  const { staleAccessTokens } = core.settings.switches;
  if (expired || token.revoked) return staleTokenJson(token, expired, staleAccessTokens);
  return accessTokenJson(token, expired);
}

type AccessToken = NonNullable<Awaited<ReturnType<AccessTokens['find']>>>;

/** @param form the `staleAccessTokens` switch */
function staleTokenJson(
  token: AccessToken,
  expired: boolean,
  form: 'flagged' | 'not_found' | 'inactive',
): Record<string, unknown> {
  if (form === 'not_found') throw ClerkApiError.notFound('The access token');
  return form === 'inactive' ? { active: false } : accessTokenJson(token, expired);
}

function accessTokenJson(token: AccessToken, expired: boolean): Record<string, unknown> {
  return {
    object: 'clerk_idp_oauth_access_token',
    id: token.id,
    client_id: token.clientId,
    subject: token.subject,
    scopes: token.scopes,
    revoked: token.revoked,
    revocation_reason: token.revoked ? 'Revoked by the client or the user.' : null,
    expired,
    expiration: token.expiresAt,
    created_at: token.issuedAt,
    updated_at: token.issuedAt,
    // The OpenAPI document has no audience, but @clerk/backend 3.25 reads and checks it here, as a list
    // (`IdPOAuthAccessTokenJSON`) whatever its form in a JWT.
    ...(token.audience.length === 0 ? {} : { aud: token.audience }),
  };
}
