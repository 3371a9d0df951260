import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { EmulatorCore } from '../emulator-core.js';
import { ClerkApiError } from '../emulator.errors.js';
import type { RequestFaults } from '../http/request-faults.js';
import type { ApiKey } from '../instance/api-keys.js';
import { asBadRequest, MACHINE_AUTH_PREFIXES, parseMachineAuthBody } from './machine-auth.js';
import { flag, NO_QUERY, orNotFound, pageJson, parseInput, reads } from './request-input.js';
import { applyVerdictFault } from './verification.routes.js';

/** `/v1/api_keys` */
export function apiKeyRoutes(core: EmulatorCore, faults: RequestFaults): FastifyPluginAsync {
  return async (app) => {
    for (const prefix of MACHINE_AUTH_PREFIXES) {
      const path = `${prefix}/api_keys`;
      app.get(path, reads(ListQuery), (request) => listJson(core, request.query));
      app.post(path, NO_QUERY, (request) => {
        const created = createKey(core, request.body);
        return { ...apiKeyJson(core, created), secret: created.secret };
      });
      app.post(`${path}/verify`, NO_QUERY, (request) => {
        const { secret } = parseMachineAuthBody(VerifyBody, request.body);
        const key = core.apiKeys.findBySecret(secret);
        if (!key || !core.apiKeys.isValid(key)) throw ClerkApiError.notFound('The API key');
        const json = apiKeyJson(core, core.apiKeys.markUsed(key.id));
        return applyVerdictFault(request, faults, json);
      });
      app.get<KeyRoute>(`${path}/:id`, NO_QUERY, ({ params }) =>
        apiKeyJson(core, findKey(core, params.id)),
      );
      app.patch<KeyRoute>(`${path}/:id`, NO_QUERY, ({ params, body }) => {
        const { id } = findKey(core, params.id);
        return apiKeyJson(core, updateKey(core, id, body));
      });
      app.delete<KeyRoute>(`${path}/:id`, NO_QUERY, ({ params }) => {
        const { id } = findKey(core, params.id);
        core.apiKeys.delete(id);
        return { object: 'api_key', id, deleted: true };
      });
      app.get<KeyRoute>(`${path}/:id/secret`, NO_QUERY, ({ params }) => ({
        secret: core.apiKeys.secret(findKey(core, params.id).id),
      }));
      app.post<KeyRoute>(`${path}/:id/revoke`, NO_QUERY, ({ params, body }) => {
        const { id } = findKey(core, params.id);
        const { revocation_reason } = parseMachineAuthBody(RevokeBody, body);
        return apiKeyJson(core, core.apiKeys.revoke(id, revocation_reason ?? null));
      });
    }
  };
}

interface KeyRoute {
  Params: { id: string };
}

const subject = z.string().regex(/^(user|org|mch|scim)_\w{27}$/, 'is not the id of a subject');
const description = z.string().max(255).nullish();
/** A hundred years. */
const seconds = z.number().positive().max(3_153_600_000).nullish();
const claims = z.record(z.string(), z.unknown()).nullish();

const CreateBody = z.strictObject({
  type: z.string().min(3).max(25).optional(),
  name: z
    .string()
    .min(3)
    .regex(/^\S(.*\S)?$/, 'may not start or end with a space'),
  description,
  subject,
  claims,
  scopes: z.array(z.string()).optional(),
  created_by: z
    .string()
    .regex(/^user_\w{27}$/, 'is not the id of a user')
    .nullish(),
  seconds_until_expiration: seconds,
});

const UpdateBody = z.strictObject({
  claims,
  scopes: z.array(z.string()).optional(),
  description,
  subject: subject.optional(),
  seconds_until_expiration: seconds,
});

const RevokeBody = z.strictObject({ revocation_reason: z.string().nullish() });
const VerifyBody = z.strictObject({ secret: z.string() });

const ListQuery = z.strictObject({
  type: z.string().min(3).default('api_key'),
  subject,
  include_invalid: flag.default(false),
  limit: z.coerce.number().int().min(1).max(100).optional(),
  offset: z.coerce.number().int().min(0).optional(),
  query: z.string().optional(),
});

/** Newest first. Revoked and expired keys are left out unless `include_invalid` asks for them. */
function listJson(core: EmulatorCore, query: unknown): Record<string, unknown> {
  const filter = asBadRequest(() => parseInput(ListQuery, query, 'query'));
  orNotFound(findSubject(core, filter.subject), 'The subject');
  const text = filter.query?.toLowerCase() ?? '';
  const keys = core.apiKeys
    .list()
    .filter(
      (key) =>
        key.subject === filter.subject &&
        key.type === filter.type &&
        (filter.include_invalid || core.apiKeys.isValid(key)) &&
        (key.name.toLowerCase().includes(text) || key.id === filter.query),
    )
    .toReversed();
  const { limit, offset } = filter;
  return pageJson(keys, { limit, offset }, (key) => apiKeyJson(core, key));
}

function createKey(core: EmulatorCore, body: unknown): ApiKey & { readonly secret: string } {
  const input = parseMachineAuthBody(CreateBody, body);
  requireSubject(core, 'subject', input.subject);
  if (input.created_by) requireSubject(core, 'created_by', input.created_by);
  return core.apiKeys.create({
    name: input.name,
    subject: input.subject,
    scopes: input.scopes ?? [],
    claims: input.claims ?? null,
    description: input.description ?? null,
    createdBy: input.created_by ?? null,
    ...(input.type === undefined ? {} : { type: input.type }),
    ...(input.seconds_until_expiration ? { expiresInSeconds: input.seconds_until_expiration } : {}),
  });
}

function updateKey(core: EmulatorCore, id: string, body: unknown): ApiKey {
  const input = parseMachineAuthBody(UpdateBody, body);
  if (input.subject !== undefined) requireSubject(core, 'subject', input.subject);
  return core.apiKeys.update(id, {
    ...(input.claims === undefined ? {} : { claims: input.claims }),
    ...(input.scopes === undefined ? {} : { scopes: input.scopes }),
    ...(input.description === undefined ? {} : { description: input.description }),
    ...(input.subject === undefined ? {} : { subject: input.subject }),
    ...(input.seconds_until_expiration === undefined
      ? {}
      : { expiresInSeconds: input.seconds_until_expiration }),
  });
}

/** @throws ClerkApiError 400 when the id names nobody in the instance */
function requireSubject(core: EmulatorCore, parameter: string, id: string): void {
  if (findSubject(core, id)) return;
  const message = `${parameter}: ${id} does not exist in this instance`;
  throw new ClerkApiError(400, 'form_param_value_invalid', message);
}

/** A `scim_…` subject never exists: the emulator has no directories. */
function findSubject(core: EmulatorCore, id: string): { readonly id: string } | undefined {
  return core.users.find(id) ?? core.organizations.find(id) ?? core.machines.find(id);
}

/** Clerk also accepts the older form of an id, `api_key_…`. */
function findKey(core: EmulatorCore, id: string): ApiKey {
  if (!/^(ak|api_key)_[0-9A-Fa-f]{32}$/.test(id)) {
    throw new ClerkApiError(
      400,
      'form_param_format_invalid',
      'The id of the API key is malformed.',
    );
  }
  return orNotFound(core.apiKeys.find(id.replace(/^api_key_/, 'ak_')), 'The API key');
}

function apiKeyJson(core: EmulatorCore, key: ApiKey): Record<string, unknown> {
  return {
    object: 'api_key',
    id: key.id,
    type: key.type,
    name: key.name,
    subject: key.subject,
    scopes: key.scopes,
    claims: key.claims,
    revoked: key.revoked,
    revocation_reason: key.revocationReason,
    expired: core.apiKeys.isExpired(key),
    expiration: key.expiration,
    created_by: key.createdBy,
    description: key.description,
    last_used_at: key.lastUsedAt,
    created_at: key.createdAt,
    updated_at: key.updatedAt,
  };
}
