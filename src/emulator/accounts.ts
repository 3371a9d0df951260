import type { EmulatorAccount } from './clerk-emulator.js';
import type { EmulatorCore } from './emulator-core.js';

/** Who can sign in, in the order of creation. */
export function listAccounts(core: EmulatorCore): readonly EmulatorAccount[] {
  return core.users
    .list()
    .filter((user) => !user.banned)
    .map((user) => {
      const [membership] = core.organizations.membershipsOfUser(user.id);
      const organization = membership && core.organizations.get(membership.organizationId);
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
