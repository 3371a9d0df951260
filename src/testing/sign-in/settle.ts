import type { ClerkEmulator } from '../../emulator/index.js';
import type { Person } from './person.js';

/** Where a person is found at the stand-in. */
export interface Settled {
  readonly userId: string;
  readonly organizationId: string | undefined;
}

/** Creates the user, the organization and the membership of a person, as far as they are new. */
export function settle(clerk: ClerkEmulator, person: Person): Settled {
  const user = settleUser(clerk, person);
  const { organization } = person;
  if (organization === undefined) return { userId: user, organizationId: undefined };
  const organizationId = settleOrganization(clerk, organization, person);
  join(clerk, { organization: organizationId, user }, person);
  return { userId: user, organizationId };
}

const DEFAULT_EMAIL = 'ada@example.com';

function settleUser({ users }: ClerkEmulator, person: Person): string {
  const { email, userId: id, firstName, lastName, publicMetadata } = person;
  const known = id === undefined ? undefined : users.find(id);
  const emailAddress =
    email ?? known?.emailAddress ?? (id === undefined ? DEFAULT_EMAIL : `${id}@example.com`);
  const details = {
    ...(firstName !== undefined && { firstName }),
    ...(lastName !== undefined && { lastName }),
    ...(publicMetadata && { publicMetadata }),
  };
  if (!users.find(emailAddress)) {
    return users.create({ emailAddress, ...details, ...(id !== undefined && { id }) }).id;
  }
  return users.update(emailAddress, details).id;
}

function settleOrganization(
  { organizations }: ClerkEmulator,
  name: string,
  { plan }: Person,
): string {
  const known = organizations.find(name);
  if (known) return known.id;
  const identity = name.startsWith('org_') ? { id: name } : { slug: name };
  return organizations.create({ name, ...identity, ...(plan !== undefined && { plan }) }).id;
}

/** A member who is one already stays as he is, save for what the person says. */
function join(
  { organizations }: ClerkEmulator,
  who: { readonly organization: string; readonly user: string },
  { role, permissions }: Person,
): void {
  const known = organizations.membership(who.organization, who.user);
  if (known && role === undefined && permissions === undefined) return;
  const roleNow = role ?? known?.role;
  organizations.addMember({
    ...who,
    ...(roleNow !== undefined && { role: roleNow }),
    ...(permissions && { permissions }),
  });
}
