import type { EmulatorAccount } from './emulator-account.js';
import type { Organizations } from './instance/organizations.js';
import type { Users } from './instance/users.js';

/** The users who can sign in, in order of creation. */
export function listAccounts(instance: {
  readonly users: Users;
  readonly organizations: Organizations;
}): readonly EmulatorAccount[] {
  return instance.users
    .list()
    .filter((user) => !user.banned)
    .map((user) => {
      const [membership] = instance.organizations.membershipsOfUser(user.id);
      const organization = membership && instance.organizations.get(membership.organizationId);
      return {
        id: user.id,
        emailAddress: user.emailAddress,
        firstName: user.firstName,
        lastName: user.lastName,
        organization: organization
          ? {
              id: organization.id,
              name: organization.name,
              slug: organization.slug,
              role: membership.role,
            }
          : null,
      };
    });
}
