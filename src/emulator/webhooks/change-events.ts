import {
  membershipJson,
  organizationJson,
  sessionJson,
  userJson,
} from '../backend-api/resource-json.js';
import { organizationInvitationJson } from '../backend-api/invitation-json.js';
import { permissionJson, roleJson } from '../backend-api/organization-role-json.js';
import type { InvitationChange } from '../instance/invitations.js';
import type { OrganizationRoleChange, OrganizationRoles } from '../instance/organization-roles.js';
import type { OrganizationChange, Organizations } from '../instance/organizations.js';
import type { SessionChange } from '../instance/sessions.js';
import type { UserChange, Users } from '../instance/users.js';

/** A change that the stores report to their sink and that webhooks announce. */
export type Change =
  UserChange | SessionChange | OrganizationChange | OrganizationRoleChange | InvitationChange;

/** The `data` of the webhook event about a change. */
export function eventData(
  instance: {
    readonly url: string;
    readonly users: Users;
    readonly organizations: Organizations;
    readonly roles: OrganizationRoles;
  },
  change: Change,
): Readonly<Record<string, unknown>> {
  if ('user' in change) {
    const { id, externalId } = change.user;
    return change.type === 'user.deleted'
      ? {
          object: 'user',
          id,
          deleted: true,
          ...(externalId !== null && { external_id: externalId }),
        }
      : userJson(instance, change.user);
  }
  if ('session' in change) {
    const user = instance.users.find(change.session.userId);
    return { ...sessionJson(change.session), user: user ? userJson(instance, user) : null };
  }
  if ('organization' in change) {
    const { id, slug } = change.organization;
    return change.type === 'organization.deleted'
      ? { object: 'organization', id, slug, deleted: true }
      : organizationJson(instance, change.organization);
  }
  if ('role' in change) {
    const { id } = change.role;
    return change.type === 'role.deleted'
      ? { object: 'role', id, deleted: true }
      : roleJson(instance.roles, change.role);
  }
  if ('permission' in change) {
    const { id } = change.permission;
    return change.type === 'permission.deleted'
      ? { object: 'permission', id, deleted: true }
      : permissionJson(change.permission);
  }
  if ('invitation' in change) {
    const { userId } = change;
    return {
      ...organizationInvitationJson(instance, change.invitation),
      ...(userId !== undefined && { user_id: userId }),
    };
  }
  return membershipJson(instance, change.membership);
}
