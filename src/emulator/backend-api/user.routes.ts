import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { EmulatorCore } from '../emulator-core.js';
import { fullName, type User } from '../instance/users.js';
import {
  flag,
  NO_QUERY,
  orNotFound,
  PAGE,
  page,
  pageJson,
  parseInput,
  reads,
  repeatable,
} from './request-input.js';
import { externalAccountTokenJson, membershipJson, userJson } from './resource-json.js';

/** `/v1/users` */
export function userRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    app.get('/v1/users', reads({ ...PAGE, ...USER_FILTERS }), (request) =>
      page(listUsers(core, request.query), request.query).map((user) => userJson(core, user)),
    );
    app.get('/v1/users/count', reads(USER_FILTERS), (request) => ({
      object: 'total_count',
      total_count: listUsers(core, request.query).length,
    }));
    app.get<{ Params: { id: string } }>('/v1/users/:id', NO_QUERY, (request) =>
      userJson(core, findUser(core, request.params.id)),
    );
    app.delete<{ Params: { id: string } }>('/v1/users/:id', NO_QUERY, (request) => {
      const { id } = findUser(core, request.params.id);
      core.users.delete(id);
      return { object: 'user', id, deleted: true };
    });
    for (const [action, changes] of USER_ACTIONS) {
      app.post<{ Params: { id: string } }>(`/v1/users/:id/${action}`, NO_QUERY, (request) =>
        userJson(core, core.users.update(findUser(core, request.params.id).id, changes)),
      );
    }
    app.get<{ Params: { id: string; provider: string }; Querystring: { paginated?: boolean } }>(
      '/v1/users/:id/oauth_access_tokens/:provider',
      reads({ ...PAGE, paginated: flag.optional() }),
      ({ params, query }) => {
        const { id } = findUser(core, params.id);
        const provider = params.provider.replace(/^oauth_/, '');
        const accounts = core.externalAccounts.ofUser(id, provider);
        // Clerk returns a bare list unless it is asked for pages.
        return query.paginated === true
          ? pageJson(accounts, query, externalAccountTokenJson)
          : page(accounts, query).map(externalAccountTokenJson);
      },
    );
    app.get<{ Params: { id: string } }>(
      '/v1/users/:id/organization_memberships',
      reads(PAGE),
      (request) => {
        const { id } = findUser(core, request.params.id);
        const memberships = core.organizations.membershipsOfUser(id);
        return pageJson(memberships, request.query, (one) => membershipJson(core, one));
      },
    );
  };
}

const USER_ACTIONS = [
  ['ban', { banned: true }],
  ['unban', { banned: false }],
  ['lock', { locked: true }],
  ['unlock', { locked: false }],
] as const;

const USER_FILTERS = {
  email_address: repeatable.optional(),
  user_id: repeatable.optional(),
  username: repeatable.optional(),
  query: z.string().optional(),
};

function listUsers(core: EmulatorCore, query: unknown): readonly User[] {
  const filter = parseInput(z.object(USER_FILTERS), query, 'query');
  const text = filter.query?.toLowerCase();
  return core.users
    .list()
    .filter(
      (user) =>
        (filter.email_address?.includes(user.emailAddress) ?? true) &&
        (filter.user_id?.includes(user.id) ?? true) &&
        (filter.username?.includes(user.username ?? '') ?? true) &&
        (text === undefined || searchText(user).includes(text)),
    );
}

function searchText(user: User): string {
  return [user.id, user.emailAddress, user.username, fullName(user)].join(' ').toLowerCase();
}

function findUser(core: EmulatorCore, id: string): User {
  const user = id.startsWith('user_') ? core.users.find(id) : undefined;
  return orNotFound(user, 'The user');
}
