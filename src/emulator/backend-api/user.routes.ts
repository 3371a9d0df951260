import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { EmulatorCore } from '../emulator-core.js';
import { fullName, type User } from '../instance/users.js';
import { ClerkApiError } from '../emulator.errors.js';
import { membershipJson, userJson } from './resource-json.js';
import { page, parseQuery, repeatable } from './request-input.js';

/** `/v1/users` */
export function userRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    app.get('/v1/users', (request) =>
      page(select(core, request.query), request.query).map((user) => userJson(user, core.url)),
    );
    app.get('/v1/users/count', (request) => ({
      object: 'total_count',
      total_count: select(core, request.query).length,
    }));
    app.get<{ Params: { id: string } }>('/v1/users/:id', (request) =>
      userJson(find(core, request.params.id), core.url),
    );
    app.delete<{ Params: { id: string } }>('/v1/users/:id', (request) => {
      const { id } = find(core, request.params.id);
      core.users.delete(id);
      return { object: 'user', id, deleted: true };
    });
    for (const [action, changes] of STANDINGS) {
      app.post<{ Params: { id: string } }>(`/v1/users/:id/${action}`, (request) =>
        userJson(core.users.update(find(core, request.params.id).id, changes), core.url),
      );
    }
    app.get<{ Params: { id: string } }>('/v1/users/:id/organization_memberships', (request) => {
      const { id } = find(core, request.params.id);
      const memberships = core.organizations.membershipsOfUser(id);
      return {
        data: page(memberships, request.query).map((one) => membershipJson(core, one)),
        total_count: memberships.length,
      };
    });
  };
}

const STANDINGS = [
  ['ban', { banned: true }],
  ['unban', { banned: false }],
  ['lock', { locked: true }],
  ['unlock', { locked: false }],
] as const;

const Selection = z.object({
  email_address: repeatable,
  user_id: repeatable,
  username: repeatable,
  query: z.string().optional(),
});

function select(core: EmulatorCore, query: unknown): readonly User[] {
  const wanted = parseQuery(Selection, query);
  const text = wanted.query?.toLowerCase();
  return core.users
    .list()
    .filter(
      (user) =>
        (wanted.email_address?.includes(user.emailAddress) ?? true) &&
        (wanted.user_id?.includes(user.id) ?? true) &&
        (wanted.username?.includes(user.username ?? '') ?? true) &&
        (text === undefined || searchable(user).includes(text)),
    );
}

function searchable(user: User): string {
  return [user.id, user.emailAddress, user.username, fullName(user)].join(' ').toLowerCase();
}

function find(core: EmulatorCore, id: string): User {
  const user = id.startsWith('user_') ? core.users.find(id) : undefined;
  if (!user) throw ClerkApiError.notFound('The user');
  return user;
}
