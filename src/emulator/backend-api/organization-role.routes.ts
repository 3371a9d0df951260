import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { EmulatorCore } from '../emulator-core.js';
import { ClerkApiError } from '../emulator.errors.js';
import {
  CREATOR_PERMISSIONS,
  DEFAULT_ROLES,
  isSystemPermission,
  PERMISSION_KEY,
  ROLE_KEY,
} from '../instance/default-roles.js';
import type { OrganizationPermission, OrganizationRole } from '../instance/organization-roles.js';
import { inOrder, orderBy } from './list-order.js';
import { permissionJson, roleJson } from './organization-role-json.js';
import { NO_QUERY, orNotFound, PAGE, pageJson, parseInput, reads } from './request-input.js';
import { contains } from './user-filters.js';

/** `/v1/organization_roles` and `/v1/organization_permissions` */
export function organizationRoleRoutes(core: EmulatorCore): FastifyPluginAsync {
  const json = (role: OrganizationRole): Record<string, unknown> => roleJson(core.roles, role);
  return async (app) => {
    app.get(ROLES, reads(ListQuery), ({ query }) =>
      pageJson(selected(core.roles.list(), query), query, json),
    );
    app.post(ROLES, NO_QUERY, ({ body }) => {
      const { permissions, key, name, description } = parseInput(RoleBody, body);
      requireFree(core.roles.find(key), undefined);
      const keys = keysOf(core, permissions ?? []);
      return json(
        core.roles.define({ key, name, description: description ?? null, permissions: keys }),
      );
    });
    app.get<IdRoute>(`${ROLES}/:id`, NO_QUERY, ({ params }) => json(findRole(core, params.id)));
    app.patch<IdRoute>(`${ROLES}/:id`, NO_QUERY, ({ params, body }) => {
      const role = findRole(core, params.id);
      const { permissions, key, name, description } = parseInput(RoleChanges, body);
      const keys = permissions ? keysOf(core, permissions) : role.permissions;
      requireFree(key ? core.roles.find(key) : undefined, role.id);
      if (key && key !== role.key) requireCustom(role, 'Its key stays');
      requireCreatorPermissions(role, keys);
      return json(
        core.roles.update(role.id, {
          ...(name && { name }),
          ...(key && { key }),
          ...(description !== undefined && { description }),
          permissions: keys,
        }),
      );
    });
    app.delete<IdRoute>(`${ROLES}/:id`, NO_QUERY, ({ params }) => {
      const role = findRole(core, params.id);
      requireCustom(role, 'It cannot be deleted');
      requireUnused(core, role.key);
      core.roles.delete(role.id);
      return { object: 'role', id: role.id, deleted: true };
    });
    app.post<PairRoute>(`${ROLES}/:id/permissions/:permissionId`, NO_QUERY, ({ params }) => {
      const { role, permission } = findPair(core, params);
      if (role.permissions.includes(permission.key)) {
        throw new ClerkApiError(409, 'resource_conflict', 'The role already has the permission.');
      }
      return json(
        core.roles.update(role.id, { permissions: [...role.permissions, permission.key] }),
      );
    });
    app.delete<PairRoute>(`${ROLES}/:id/permissions/:permissionId`, NO_QUERY, ({ params }) => {
      const { role, permission } = findPair(core, params);
      const has = role.permissions.includes(permission.key);
      orNotFound(has ? permission : undefined, 'The permission of the role');
      const left = role.permissions.filter((key) => key !== permission.key);
      requireCreatorPermissions(role, left);
      return json(core.roles.update(role.id, { permissions: left }));
    });

    app.get(PERMISSIONS, reads(ListQuery), ({ query }) =>
      pageJson(selected(core.roles.listPermissions(), query), query, permissionJson),
    );
    app.post(PERMISSIONS, NO_QUERY, ({ body }) => {
      const { key, name, description } = parseInput(PermissionBody, body);
      requireFree(core.roles.findPermission(key), undefined);
      return permissionJson(
        core.roles.definePermission({ key, name, description: description ?? '' }),
      );
    });
    app.get<IdRoute>(`${PERMISSIONS}/:id`, NO_QUERY, ({ params }) =>
      permissionJson(findPermission(core, params.id)),
    );
    app.patch<IdRoute>(`${PERMISSIONS}/:id`, NO_QUERY, ({ params, body }) => {
      const permission = findPermission(core, params.id);
      const { key, name, description } = parseInput(PermissionBody.partial(), body);
      requireOwn(permission);
      requireFree(key === undefined ? undefined : core.roles.findPermission(key), permission.id);
      return permissionJson(
        core.roles.updatePermission(permission.id, {
          ...(name !== undefined && { name }),
          ...(key !== undefined && { key }),
          ...(description !== undefined && { description }),
        }),
      );
    });
    app.delete<IdRoute>(`${PERMISSIONS}/:id`, NO_QUERY, ({ params }) => {
      const permission = findPermission(core, params.id);
      requireOwn(permission);
      core.roles.deletePermission(permission.id);
      return { object: 'permission', id: permission.id, deleted: true };
    });
  };
}

const ROLES = '/v1/organization_roles';
const PERMISSIONS = '/v1/organization_permissions';

interface IdRoute {
  Params: { id: string };
}
interface PairRoute {
  Params: { id: string; permissionId: string };
}

const ListQuery = z.object({
  ...PAGE,
  query: z.string().optional(),
  order_by: orderBy(['created_at', 'name', 'key'], '-created_at'),
});

const name = z.string().min(1).max(256);
const RoleFields = {
  description: z.string().max(1_024).nullish(),
  /** Ids. */
  permissions: z.array(z.string()).max(500).nullish(),
};
const roleKey = z
  .string()
  .max(256)
  .regex(ROLE_KEY, 'is not org: followed by lower case letters, digits and underscores');
const RoleBody = z.strictObject({
  ...RoleFields,
  name,
  key: roleKey,
  // The instance has one role set, with every role.
  include_in_initial_role_set: z
    .boolean()
    .refine((isIncluded) => isIncluded, { params: { isUnsupported: true } })
    .nullish(),
});
const RoleChanges = z.strictObject({ ...RoleFields, name: name.nullish(), key: roleKey.nullish() });
const PermissionBody = z.strictObject({
  name,
  key: z
    .string()
    .max(256)
    .regex(PERMISSION_KEY, 'is not org:<feature>:<action> of lower case letters, digits and _')
    .refine(
      (key) => !isSystemPermission(key),
      'begins with org:sys_, which Clerk keeps for itself',
    ),
  description: z.string().max(1_024).optional(),
});

function selected<
  Item extends { readonly id: string; readonly name: string; readonly key: string },
>(items: readonly Item[], query: unknown): readonly Item[] {
  const filter = parseInput(ListQuery, query, 'query');
  const found = items.filter(
    (one) => one.id === filter.query || contains([one.name, one.key], filter.query),
  );
  return inOrder(found, filter.order_by, { name: (one) => one.name, key: (one) => one.key });
}

/** By id: the SDK and the documents know no other name in a path. */
function findRole(core: EmulatorCore, id: string): OrganizationRole {
  return orNotFound(id.startsWith('role_') ? core.roles.find(id) : undefined, 'The role');
}

function findPermission(core: EmulatorCore, id: string): OrganizationPermission {
  const found = id.startsWith('perm_') ? core.roles.findPermission(id) : undefined;
  return orNotFound(found, 'The permission');
}

function findPair(
  core: EmulatorCore,
  { id, permissionId }: PairRoute['Params'],
): { readonly role: OrganizationRole; readonly permission: OrganizationPermission } {
  return { role: findRole(core, id), permission: findPermission(core, permissionId) };
}

function keysOf(core: EmulatorCore, ids: readonly string[]): readonly string[] {
  return [...new Set(ids.map((id) => findPermission(core, id).key))];
}

function requireFree(other: { readonly id: string } | undefined, self: string | undefined): void {
  if (!other || other.id === self) return;
  throw ClerkApiError.parameter('form_identifier_exists', 'key', 'is taken. Please try another.');
}

/** The roles that a new instance has are those of creators and of new members. */
function requireCustom(role: OrganizationRole, consequence: string): void {
  if (!DEFAULT_ROLES.some(({ key }) => key === role.key)) return;
  throw new ClerkApiError(
    403,
    'authorization_invalid',
    `${role.key} is the role that the instance gives to new members or creators. ${consequence}.`,
  );
}

function requireUnused(core: EmulatorCore, key: string): void {
  const isMember = core.organizations.memberships().some(({ role }) => role === key);
  const isInvited = core.invitations
    .list()
    .some(({ membership, status }) => membership?.role === key && status === 'pending');
  if (!isMember && !isInvited) return;
  throw ClerkApiError.parameter(
    'form_param_value_invalid',
    'organization_role_id',
    `${key} is the role of a member or of an open invitation. Give them another one first`,
  );
}

function requireCreatorPermissions(role: OrganizationRole, permissions: readonly string[]): void {
  if (role.key !== DEFAULT_ROLES[0].key) return;
  const missing = CREATOR_PERMISSIONS.find((one) => !permissions.includes(one));
  if (missing === undefined) return;
  throw ClerkApiError.parameter(
    'form_param_value_invalid',
    'permissions',
    `${role.key} is the role of creators, which has to have ${missing}`,
  );
}

function requireOwn({ key }: OrganizationPermission): void {
  if (!isSystemPermission(key)) return;
  throw new ClerkApiError(403, 'authorization_invalid', `${key} is a permission of Clerk itself.`);
}
