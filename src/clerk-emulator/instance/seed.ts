import { clerkId } from './clerk-id.js';
import type { OAuthApplications } from './oauth-applications.js';
import type { Organizations } from './organizations.js';
import type { Users } from './users.js';

/** Client id of the application that `issue.*` uses when none is named. */
export const SEEDED_CLIENT_ID = 'emulatorLocalApp';

/** Fills the instance with the demo accounts, their organization and one application. */
export function seed(instance: {
  readonly users: Users;
  readonly organizations: Organizations;
  readonly oauthApplications: OAuthApplications;
}): void {
  for (const account of ACCOUNTS) {
    const { role: _role, ...user } = account;
    instance.users.create({ ...user, id: clerkId('user', user.emailAddress) });
  }
  const organization = instance.organizations.create({
    id: clerkId('org', 'analytical-engines'),
    name: 'Analytical Engines',
    slug: 'analytical-engines',
    plan: 'pro',
    createdBy: clerkId('user', 'ada@example.com'),
  });
  for (const { emailAddress, role } of ACCOUNTS) {
    if (role === null) continue;
    instance.organizations.addMember({ organization: organization.id, user: emailAddress, role });
  }
  instance.oauthApplications.create({
    name: 'Local application',
    clientId: SEEDED_CLIENT_ID,
    redirectUris: ['http://127.0.0.1/callback', 'http://localhost/callback'],
  });
}

const ACCOUNTS = [
  {
    emailAddress: 'ada@example.com',
    firstName: 'Ada',
    lastName: 'Lovelace',
    username: 'ada',
    publicMetadata: { team: 'research' },
    role: 'org:admin',
  },
  {
    emailAddress: 'grace@example.com',
    firstName: 'Grace',
    lastName: 'Hopper',
    username: 'grace',
    publicMetadata: { team: 'compilers' },
    role: 'org:member',
  },
  {
    emailAddress: 'katherine@example.com',
    firstName: 'Katherine',
    lastName: 'Johnson',
    username: 'katherine',
    publicMetadata: {},
    role: null,
  },
] as const;
