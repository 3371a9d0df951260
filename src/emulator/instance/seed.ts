import type { FaultOf } from '../control/faults.js';
import type { EmulatorCore } from '../emulator-core.js';
import { clerkId } from './clerk-id.js';
import type { EmulatorSeed } from './emulator-seed.js';

/** Client id of the application that `issue.*` uses when none is named. */
export const SEEDED_CLIENT_ID = 'emulatorLocalApp';

/** Fills the instance: with what is given, or with the demo accounts; and with one application. */
export function seed(instance: Seedable, given: boolean | EmulatorSeed): void {
  if (given === false) return;
  plant(instance, given === true ? DEMO : given);
  if (instance.oauthApplications.find(SEEDED_CLIENT_ID)) return;
  instance.oauthApplications.create({
    name: 'Local application',
    clientId: SEEDED_CLIENT_ID,
    redirectUris: ['http://127.0.0.1/callback', 'http://localhost/callback'],
  });
}

type Seedable = Pick<
  EmulatorCore,
  | 'users'
  | 'organizations'
  | 'oauthApplications'
  | 'clientMetadata'
  | 'apiKeys'
  | 'machines'
  | 'faults'
>;

function plant(instance: Seedable, given: EmulatorSeed): void {
  // Ids made from unique names: they outlive a restart, and so does what a client keeps of them.
  for (const user of given.users ?? []) {
    instance.users.create({ id: clerkId('user', user.emailAddress), ...user });
  }
  for (const organization of given.organizations ?? []) {
    const name = organization.slug ?? organization.name;
    instance.organizations.create({ id: clerkId('org', name), ...organization });
  }
  for (const membership of given.memberships ?? []) instance.organizations.addMember(membership);
  for (const application of given.oauthApplications ?? []) {
    instance.oauthApplications.create(application);
  }
  for (const [url, document] of Object.entries(given.clientMetadata ?? {})) {
    instance.clientMetadata.set(url, document);
  }
  for (const key of given.apiKeys ?? []) {
    const { id } = instance.organizations.find(key.subject) ?? instance.users.get(key.subject);
    instance.apiKeys.create({ ...key, subject: id });
  }
  for (const machine of given.machines ?? []) instance.machines.create(machine);
  for (const { group, times, ...fault } of given.faults ?? []) {
    instance.faults.set(group, fault as FaultOf<typeof group>, times);
  }
}

const DEMO: EmulatorSeed = {
  users: [
    {
      emailAddress: 'ada@example.com',
      firstName: 'Ada',
      lastName: 'Lovelace',
      username: 'ada',
      publicMetadata: { team: 'research' },
    },
    {
      emailAddress: 'grace@example.com',
      firstName: 'Grace',
      lastName: 'Hopper',
      username: 'grace',
      publicMetadata: { team: 'compilers' },
    },
    {
      emailAddress: 'katherine@example.com',
      firstName: 'Katherine',
      lastName: 'Johnson',
      username: 'katherine',
    },
  ],
  organizations: [
    {
      name: 'Analytical Engines',
      slug: 'analytical-engines',
      plan: 'pro',
      createdBy: clerkId('user', 'ada@example.com'),
    },
  ],
  memberships: [
    { organization: 'analytical-engines', user: 'ada@example.com', role: 'org:admin' },
    { organization: 'analytical-engines', user: 'grace@example.com', role: 'org:member' },
  ],
};
