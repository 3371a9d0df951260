import type { ClerkEmulator } from '../../emulator/index.js';
import type { Person } from './person.js';

/** Creates or updates the user, the organization and the membership of a person. */
export function ensurePerson(clerk: ClerkEmulator, person: Person): PersonIds {
  const user = ensureUser(clerk, person);
  const { organization } = person;
  if (organization === undefined) return { userId: user, organizationId: undefined };
  const organizationId = ensureOrganization(clerk, organization, person);
  ensureMembership(clerk, { organization: organizationId, user }, person);
  return { userId: user, organizationId };
}

/** Ids of a person at the emulator. */
export interface PersonIds {
  readonly userId: string;
  readonly organizationId: string | undefined;
}

const DEFAULT_EMAIL = 'ada@example.com';

function ensureUser({ users }: ClerkEmulator, person: Person): string {
  const { email, userId: id, firstName, lastName, publicMetadata } = person;
  const existing = id === undefined ? undefined : users.find(id);
  const emailAddress =
    email ?? existing?.emailAddress ?? (id === undefined ? DEFAULT_EMAIL : `${id}@example.com`);
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

function ensureOrganization(
  { organizations }: ClerkEmulator,
  name: string,
  { plan }: Person,
): string {
  const existing = organizations.find(name);
  if (existing) return existing.id;
  const identity = name.startsWith('org_') ? { id: name } : { slug: name };
  return organizations.create({ name, ...identity, ...(plan !== undefined && { plan }) }).id;
}

/** An existing membership changes only where the person sets a role or permissions. */
function ensureMembership(
  { organizations }: ClerkEmulator,
  ids: { readonly organization: string; readonly user: string },
  { role, permissions }: Person,
): void {
  const existing = organizations.membership(ids.organization, ids.user);
  if (existing && role === undefined && permissions === undefined) return;
  const memberRole = role ?? existing?.role;
  organizations.addMember({
    ...ids,
    ...(memberRole !== undefined && { role: memberRole }),
    ...(permissions && { permissions }),
  });
}
