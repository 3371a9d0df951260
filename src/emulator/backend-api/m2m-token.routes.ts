import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { EmulatorCore } from '../emulator-core.js';
import { ClerkApiError } from '../emulator.errors.js';
import type { RequestFaults } from '../http/request-faults.js';
import type { M2MToken } from '../instance/m2m-tokens.js';
import type { Machine } from '../instance/machines.js';
import { readM2MJwt, signM2MToken } from '../tokens/m2m-jwt.js';
import {
  asBadRequest,
  MACHINE_AUTH_PREFIXES,
  machineOf,
  parseMachineAuthBody,
} from './machine-auth.js';
import { flag, NO_QUERY, orNotFound, page, parseInput, reads } from './request-input.js';
import { applyVerdictFault } from './verification.routes.js';

/** `/v1/m2m_tokens`, for the secret key of the instance and the secret keys of its machines. */
export function m2mTokenRoutes(core: EmulatorCore, faults: RequestFaults): FastifyPluginAsync {
  return async (app) => {
    for (const prefix of MACHINE_AUTH_PREFIXES) {
      const path = `${prefix}/m2m_tokens`;
      app.get(path, reads(ListQuery), (request) => listJson(core, request));
      app.post(path, NO_QUERY, async (request, reply) => {
        const { token, ...created } = await createToken(core, request);
        return reply.code(201).send({ ...m2mTokenJson(core, created), token });
      });
      app.post(`${path}/verify`, NO_QUERY, async (request) => {
        const { token } = parseMachineAuthBody(VerifyBody, request.body);
        const json = m2mTokenJson(core, await verifyToken(core, request, token));
        return applyVerdictFault(request, faults, json);
      });
      app.post<{ Params: { id: string } }>(`${path}/:id/revoke`, NO_QUERY, (request) => {
        const { id } = findToken(core, request, request.params.id);
        const { revocation_reason } = parseMachineAuthBody(RevokeBody, request.body);
        return m2mTokenJson(core, core.machines.revokeToken(id, revocation_reason ?? null));
      });
    }
  };
}

const CreateBody = z.strictObject({
  token_format: z.enum(['opaque', 'jwt']).default('opaque'),
  /** At most a hundred years. */
  seconds_until_expiration: z.number().positive().max(3_153_600_000).nullish(),
  claims: z.record(z.string(), z.unknown()).nullish(),
  min_remaining_ttl_seconds: z.number().int().min(0).optional(),
});

const RevokeBody = z.strictObject({ revocation_reason: z.string().nullish() });
const VerifyBody = z.strictObject({ token: z.string() });

const ListQuery = z.strictObject({
  subject: z.string().regex(/^mch_\w{27}$/, 'is not the id of a machine'),
  revoked: flag.default(false),
  expired: flag.default(false),
  limit: z.coerce.number().int().min(1).max(100).optional(),
  offset: z.coerce.number().int().min(0).optional(),
});

/** The opaque tokens of a machine, newest first; the revoked or expired ones only when asked for. */
function listJson(core: EmulatorCore, request: FastifyRequest): Record<string, unknown> {
  const filter = asBadRequest(() => parseInput(ListQuery, request.query, 'query'));
  const caller = machineOf(core, request);
  if (caller && caller.id !== filter.subject) {
    throw new ClerkApiError(
      403,
      'authorization_invalid',
      'With a machine secret key, only the tokens of that machine can be listed.',
    );
  }
  const { id } = orNotFound(core.machines.find(filter.subject), 'The machine');
  const { tokens } = core.machines;
  const found = tokens
    .ofMachine(id)
    .filter(
      (token) => (filter.revoked || !token.revoked) && (filter.expired || !tokens.isExpired(token)),
    )
    .toReversed();
  const { limit, offset } = filter;
  return {
    m2m_tokens: page(found, { limit, offset }).map((token) => m2mTokenJson(core, token)),
    total_count: found.length,
  };
}

async function createToken(
  core: EmulatorCore,
  request: FastifyRequest,
): Promise<M2MToken & { readonly token: string }> {
  const machine = machineOf(core, request);
  if (!machine) {
    throw new ClerkApiError(
      401,
      'machine_secret_key_invalid',
      'The provided Machine Secret Key is invalid. Make sure that your Machine Secret Key is correct.',
    );
  }
  const input = parseMachineAuthBody(CreateBody, request.body);
  const claims = input.claims ?? null;
  const expiresInSeconds = input.seconds_until_expiration ?? machine.defaultTokenLifetime;
  if (input.token_format === 'jwt')
    return signM2MToken(core, machine, { claims, expiresInSeconds });

  const minRemaining = input.min_remaining_ttl_seconds;
  if (minRemaining === undefined) {
    return core.machines.createToken({ machine: machine.id, claims, expiresInSeconds });
  }
  if (minRemaining >= expiresInSeconds) {
    throw new ClerkApiError(
      400,
      'form_param_value_invalid',
      `min_remaining_ttl_seconds: must be less than the lifetime of the token, ${expiresInSeconds} seconds`,
    );
  }
  return (
    core.machines.tokens.findReusable(machine, claims, minRemaining) ??
    core.machines.createToken({ machine: machine.id, claims, expiresInSeconds })
  );
}

/**
 * A token that is valid for the caller: any with the key of the instance, only one that its machine is
 * in the scopes of with the key of a machine.
 *
 * @throws ClerkApiError 404
 */
async function verifyToken(
  core: EmulatorCore,
  request: FastifyRequest,
  presented: string,
): Promise<M2MToken> {
  const { tokens } = core.machines;
  const token = presented.startsWith('mt_')
    ? tokens.findByValue(presented)
    : await readM2MJwt(core, presented);
  if (
    !token ||
    token.revoked ||
    tokens.isExpired(token) ||
    !isMeantFor(token, machineOf(core, request))
  ) {
    throw ClerkApiError.notFound('The M2M token');
  }
  return presented.startsWith('mt_') ? tokens.markUsed(token.id) : token;
}

function isMeantFor(token: M2MToken, machine: Machine | undefined): boolean {
  return machine === undefined || token.scopes.includes(machine.id);
}

/** With the key of a machine, only the tokens of that machine are found. */
function findToken(core: EmulatorCore, request: FastifyRequest, id: string): M2MToken {
  if (!/^mt_[0-9A-Fa-f]{32}$/.test(id)) {
    throw new ClerkApiError(400, 'form_param_format_invalid', 'The id of the token is malformed.');
  }
  const caller = machineOf(core, request);
  const token = core.machines.tokens.find(id);
  const isManaged = token !== undefined && (caller === undefined || caller.id === token.subject);
  return orNotFound(isManaged ? token : undefined, 'The M2M token');
}

function m2mTokenJson(core: EmulatorCore, token: M2MToken): Record<string, unknown> {
  return {
    object: 'machine_to_machine_token',
    id: token.id,
    subject: token.subject,
    scopes: token.scopes,
    claims: token.claims,
    revoked: token.revoked,
    revocation_reason: token.revocationReason,
    expired: core.machines.tokens.isExpired(token),
    expiration: token.expiration,
    last_used_at: token.lastUsedAt,
    created_at: token.createdAt,
    updated_at: token.updatedAt,
  };
}
