import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { EmulatorCore } from '../emulator-core.js';
import { ClerkApiError } from '../emulator.errors.js';
import type { Machine } from '../instance/machines.js';
import { inOrder, orderBy } from './list-order.js';
import { NO_QUERY, orNotFound, pageJson, parseInput, reads } from './request-input.js';

/** `/v1/machines` */
export function machineRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    app.get('/v1/machines', reads(ListQuery), (request) => listJson(core, request.query));
    app.post('/v1/machines', NO_QUERY, (request) => {
      const input = parseInput(CreateBody, request.body);
      const scopedMachines = [...new Set(input.scoped_machines ?? [])];
      for (const id of scopedMachines) requireMachine(core, 'scoped_machines', id);
      const created = core.machines.create({
        name: input.name,
        scopedMachines,
        ...(input.default_token_ttl === undefined
          ? {}
          : { defaultTokenLifetime: input.default_token_ttl }),
      });
      return { ...machineJson(core, created), secret_key: created.secretKey };
    });
    app.get<MachineRoute>('/v1/machines/:id', NO_QUERY, ({ params }) =>
      machineJson(core, findMachine(core, params.id)),
    );
    app.patch<MachineRoute>('/v1/machines/:id', NO_QUERY, ({ params, body }) => {
      const { id } = findMachine(core, params.id);
      const { name, default_token_ttl: lifetime } = parseInput(UpdateBody, body);
      const updated = core.machines.update(id, {
        ...(name === undefined ? {} : { name }),
        ...(lifetime === undefined ? {} : { defaultTokenLifetime: lifetime }),
      });
      return machineJson(core, updated);
    });
    app.delete<MachineRoute>('/v1/machines/:id', NO_QUERY, ({ params }) => {
      const { id } = findMachine(core, params.id);
      core.machines.delete(id);
      return { object: 'machine', id, deleted: true };
    });
    await app.register(secretKeyRoutes(core));
    await app.register(scopeRoutes(core));
  };
}

function secretKeyRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    app.get<MachineRoute>('/v1/machines/:id/secret_key', NO_QUERY, ({ params }) => ({
      object: 'machine_secret_key',
      secret: core.machines.secretKey(findMachine(core, params.id).id),
    }));
    app.post<MachineRoute>('/v1/machines/:id/secret_key/rotate', NO_QUERY, ({ params, body }) => {
      const { id } = findMachine(core, params.id);
      const { previous_token_ttl } = parseInput(RotateBody, body);
      return {
        object: 'machine_secret_key',
        secret: core.machines.rotateSecretKey(id, previous_token_ttl),
      };
    });
  };
}

/** Which machines a machine may reach: its tokens are good for them. */
function scopeRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    app.post<MachineRoute>('/v1/machines/:id/scopes', NO_QUERY, ({ params, body }) => {
      const { id, scopedMachines } = findMachine(core, params.id);
      const { to_machine_id } = parseInput(ScopeBody, body);
      const other = findMachine(core, to_machine_id);
      if (scopedMachines.includes(other.id)) {
        throw new ClerkApiError(409, 'resource_conflict', 'The machine scope already exists.');
      }
      requireRoom(scopedMachines);
      core.machines.update(id, { scopedMachines: [...scopedMachines, other.id] });
      return {
        object: 'machine_scope',
        from_machine_id: id,
        to_machine_id: other.id,
        created_at: core.now(),
      };
    });
    app.delete<{ Params: { id: string; other: string } }>(
      '/v1/machines/:id/scopes/:other',
      NO_QUERY,
      ({ params }) => {
        const { id, scopedMachines } = findMachine(core, params.id);
        const { other } = params;
        if (!scopedMachines.includes(other)) throw ClerkApiError.notFound('The machine scope');
        core.machines.update(id, { scopedMachines: scopedMachines.filter((one) => one !== other) });
        return {
          object: 'machine_scope',
          from_machine_id: id,
          to_machine_id: other,
          deleted: true,
        };
      },
    );
  };
}

interface MachineRoute {
  Params: { id: string };
}

const MAX_SCOPES = 150;
const name = z.string().min(1).max(255);
const lifetime = z.number().int().min(1).max(315_360_000);

const CreateBody = z.strictObject({
  name,
  scoped_machines: z.array(z.string()).max(MAX_SCOPES).optional(),
  default_token_ttl: lifetime.optional(),
});
const UpdateBody = z.strictObject({
  name: name.optional(),
  default_token_ttl: lifetime.optional(),
});
const RotateBody = z.strictObject({ previous_token_ttl: z.number().int().min(0).max(28_800) });
const ScopeBody = z.strictObject({ to_machine_id: z.string() });

const ListQuery = z.strictObject({
  query: z.string().optional(),
  order_by: orderBy(['name', 'created_at'], '-created_at'),
  limit: z.string().optional(),
  offset: z.string().optional(),
});

/** `query` is an id, or a part of a name. */
function listJson(core: EmulatorCore, query: unknown): Record<string, unknown> {
  const filter = parseInput(ListQuery, query, 'query');
  const text = filter.query?.toLowerCase() ?? '';
  const machines = core.machines
    .list()
    .filter((one) => one.id === filter.query || one.name.toLowerCase().includes(text));
  const { limit, offset } = filter;
  return pageJson(
    inOrder(machines, filter.order_by, { name: (one) => one.name }),
    { limit, offset },
    (one) => machineJson(core, one),
  );
}

function findMachine(core: EmulatorCore, id: string): Machine {
  return orNotFound(core.machines.find(id), 'The machine');
}

function requireMachine(core: EmulatorCore, parameter: string, id: string): void {
  if (core.machines.find(id)) return;
  const message = `${parameter}: the machine ${id} does not exist in this instance`;
  throw new ClerkApiError(422, 'form_param_value_invalid', message);
}

function requireRoom(scopedMachines: readonly string[]): void {
  if (scopedMachines.length < MAX_SCOPES) return;
  const message = `A machine has at most ${MAX_SCOPES} scopes.`;
  throw new ClerkApiError(422, 'form_param_value_invalid', message);
}

function machineJson(core: EmulatorCore, machine: Machine): Record<string, unknown> {
  const scoped = machine.scopedMachines.flatMap((id) => core.machines.find(id) ?? []);
  return {
    ...withoutScopes(core, machine),
    scoped_machines: scoped.map((one) => withoutScopes(core, one)),
  };
}

function withoutScopes(core: EmulatorCore, machine: Machine): Record<string, unknown> {
  return {
    object: 'machine',
    id: machine.id,
    name: machine.name,
    instance_id: core.instanceId,
    default_token_ttl: machine.defaultTokenLifetime,
    created_at: machine.createdAt,
    updated_at: machine.updatedAt,
  };
}
