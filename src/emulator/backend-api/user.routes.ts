import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { EmulatorCore } from '../emulator-core.js';
import { ClerkApiError } from '../emulator.errors.js';
import type { User } from '../instance/users.js';
import { inOrder, orderBy } from './list-order.js';
import {
  listJson,
  NO_QUERY,
  orNotFound,
  PAGE,
  page,
  pageJson,
  PAGINATED,
  parseInput,
  reads,
} from './request-input.js';
import {
  emailAddressJson,
  externalAccountTokenJson,
  membershipJson,
  phoneNumberId,
  phoneNumberJson,
  userJson,
} from './resource-json.js';
import { filterUsers, USER_FILTERS } from './user-filters.js';
import { changeMetadata, createUser, findUser, updateUser } from './user-input.js';

/** `/v1/users`, `/v1/email_addresses` and `/v1/phone_numbers` */
export function userRoutes(core: EmulatorCore): FastifyPluginAsync {
  const json = (user: User): Record<string, unknown> => userJson(core, user);
  return async (app) => {
    app.get('/v1/users', reads(ListQuery), ({ query }) =>
      page(listUsers(core, query), query).map(json),
    );
    app.get('/v1/users/count', reads(USER_FILTERS), ({ query }) => ({
      object: 'total_count',
      total_count: filterUsers(core, query).length,
    }));
    app.post('/v1/users', NO_QUERY, ({ body }) => json(createUser(core, body)));
    app.get<UserRoute>('/v1/users/:id', NO_QUERY, ({ params }) => json(findUser(core, params.id)));
    app.patch<UserRoute>('/v1/users/:id', NO_QUERY, ({ params, body }) =>
      json(updateUser(core, findUser(core, params.id), body)),
    );
    app.delete<UserRoute>('/v1/users/:id', NO_QUERY, ({ params }) => {
      const { id, externalId } = findUser(core, params.id);
      core.sessions.revokeOfUser(id);
      core.users.delete(id);
      return {
        object: 'user',
        id,
        deleted: true,
        ...(externalId === null ? {} : { external_id: externalId }),
      };
    });
    app.patch<UserRoute>('/v1/users/:id/metadata', NO_QUERY, ({ params, body }) =>
      json(changeMetadata(core, findUser(core, params.id), body, 'merge')),
    );
    app.put<UserRoute>('/v1/users/:id/metadata', NO_QUERY, ({ params, body }) =>
      json(changeMetadata(core, findUser(core, params.id), body, 'replace')),
    );
    for (const [action, changes] of USER_ACTIONS) {
      app.post<UserRoute>(`/v1/users/:id/${action}`, NO_QUERY, ({ params }) =>
        json(act(core, findUser(core, params.id), changes)),
      );
    }
    for (const action of ['ban', 'unban'] as const) {
      app.post(`/v1/users/${action}`, NO_QUERY, ({ body }) => {
        const users = usersOf(core, body);
        return users.map((user) => json(act(core, user, { banned: action === 'ban' })));
      });
    }
    app.get<{ Params: { id: string; provider: string } }>(
      '/v1/users/:id/oauth_access_tokens/:provider',
      reads({ ...PAGE, ...PAGINATED }),
      ({ params, query }) => {
        const { id } = findUser(core, params.id);
        const provider = params.provider.replace(/^oauth_/, '');
        const accounts = core.externalAccounts.ofUser(id, provider);
        return listJson(accounts, query, externalAccountTokenJson);
      },
    );
    app.get<UserRoute>(
      '/v1/users/:id/organization_memberships',
      reads(PAGE),
      ({ params, query }) => {
        const { id } = findUser(core, params.id);
        const memberships = core.organizations.membershipsOfUser(id).toReversed();
        return pageJson(memberships, query, (one) => membershipJson(core, one));
      },
    );
    app.get<UserRoute>('/v1/email_addresses/:id', NO_QUERY, ({ params }) => {
      const user = core.users.list().find((one) => one.emailAddressId === params.id);
      return emailAddressJson(orNotFound(user, 'The e-mail address'));
    });
    app.get<UserRoute>('/v1/phone_numbers/:id', NO_QUERY, ({ params }) => {
      const found = core.users
        .list()
        .flatMap((user) => (user.phoneNumber === null ? [] : [[user, user.phoneNumber] as const]))
        .find(([user]) => phoneNumberId(user) === params.id);
      return phoneNumberJson(...orNotFound(found, 'The phone number'));
    });
  };
}

interface UserRoute {
  Params: { id: string };
}

const USER_ACTIONS = [
  ['ban', { banned: true }],
  ['unban', { banned: false }],
  ['lock', { locked: true }],
  ['unlock', { locked: false }],
] as const;

const ListQuery = z.object({
  ...USER_FILTERS,
  ...PAGE,
  order_by: orderBy(
    [
      'created_at',
      'updated_at',
      'email_address',
      'first_name',
      'last_name',
      'phone_number',
      'username',
      'last_active_at',
      'last_sign_in_at',
    ],
    '-created_at',
  ),
});

const UserIds = z.strictObject({ user_ids: z.array(z.string()).min(1).max(50) });

/** Several users. Clerk documents 400 as the only refusal of such a request. */
function usersOf(core: EmulatorCore, body: unknown): readonly User[] {
  const parsed = UserIds.safeParse(body);
  const users = parsed.data?.user_ids.map((id) =>
    id.startsWith('user_') ? core.users.find(id) : undefined,
  );
  if (!users?.every((user) => user !== undefined)) {
    throw new ClerkApiError(
      400,
      'form_param_value_invalid',
      'user_ids: has to be a list of the ids of 1 to 50 users',
      { param_name: 'user_ids' },
    );
  }
  return users;
}

function listUsers(core: EmulatorCore, query: unknown): readonly User[] {
  const { order_by } = parseInput(ListQuery, query, 'query');
  // `created_at` can be given, so the order of the store is not always that of creation.
  const users = filterUsers(core, query).toSorted((one, two) => one.createdAt - two.createdAt);
  return inOrder(users, order_by, {
    updated_at: (user) => user.updatedAt,
    email_address: (user) => user.emailAddress,
    first_name: (user) => user.firstName,
    last_name: (user) => user.lastName,
    phone_number: (user) => user.phoneNumber,
    username: (user) => user.username,
    last_active_at: (user) => user.lastSignInAt,
    last_sign_in_at: (user) => user.lastSignInAt,
  });
}

/** A ban ends the sessions; a lock prevents sign-ins only. */
function act(
  core: EmulatorCore,
  { id }: User,
  changes: { readonly banned?: boolean; readonly locked?: boolean },
): User {
  if (changes.banned === true) core.sessions.revokeOfUser(id);
  return core.users.update(id, changes);
}
