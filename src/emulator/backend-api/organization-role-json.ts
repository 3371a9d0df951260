import { CREATOR_PERMISSIONS, isSystemPermission } from '../instance/default-roles.js';
import type {
  OrganizationPermission,
  OrganizationRole,
  OrganizationRoles,
} from '../instance/organization-roles.js';

/** A role of organizations in the form of the Backend API. */
export function roleJson(
  roles: OrganizationRoles,
  role: OrganizationRole,
): Record<string, unknown> {
  return {
    object: 'role',
    id: role.id,
    name: role.name,
    key: role.key,
    description: role.description,
    is_creator_eligible: CREATOR_PERMISSIONS.every((one) => role.permissions.includes(one)),
    permissions: role.permissions.flatMap((key) => {
      const permission = roles.findPermission(key);
      return permission ? [permissionJson(permission)] : [];
    }),
    created_at: role.createdAt,
    updated_at: role.updatedAt,
  };
}

/** A permission of organizations in the form of the Backend API. */
export function permissionJson(permission: OrganizationPermission): Record<string, unknown> {
  return {
    object: 'permission',
    id: permission.id,
    name: permission.name,
    key: permission.key,
    description: permission.description,
    type: isSystemPermission(permission.key) ? 'system' : 'user',
    created_at: permission.createdAt,
    updated_at: permission.updatedAt,
  };
}

/** The name of a role, also of one that only a membership has. */
export function roleName(roles: OrganizationRoles, key: string): string {
  const name = key.replace(/^org:/, '');
  return roles.find(key)?.name ?? name.charAt(0).toUpperCase() + name.slice(1);
}
