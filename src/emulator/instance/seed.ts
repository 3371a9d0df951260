import { z } from 'zod';
import { controlSchemas } from '../control/control-schemas.js';
import type { EndpointGroup } from '../control/endpoint-groups.js';
import type { Fault, FaultOf } from '../control/faults.js';
import type { EmulatorSwitches } from '../emulator-options.js';
import { EmulatorSeedError } from '../emulator.errors.js';
import type { ApiKeyInput } from './api-keys.js';
import type { MachineInput } from './machines.js';
import type { OAuthApplicationInput } from './oauth-applications.js';
import type { OrganizationInput, OrganizationMembershipInput } from './organizations.js';
import type { UserInput } from './users.js';
import type { EmulatorCore } from '../emulator-core.js';
import { clerkId } from './clerk-id.js';

/**
 * What an instance starts with, and goes back to on `reset()`, in place of the demo accounts. Users
 * are named by e-mail address or id, organizations by slug or id.
 */
export interface EmulatorSeed {
  readonly users?: readonly UserInput[];
  readonly organizations?: readonly OrganizationInput[];
  readonly memberships?: readonly OrganizationMembershipInput[];
  readonly oauthApplications?: readonly OAuthApplicationInput[];
  /** Documents of clients that are known by a URL (CIMD), by that URL. */
  readonly clientMetadata?: Readonly<Record<string, unknown>>;
  /** `subject` may be an e-mail address or a slug here. The secret is given, to be known. */
  readonly apiKeys?: readonly (ApiKeyInput & { readonly secret: string })[];
  readonly machines?: readonly (MachineInput & { readonly secretKey: string })[];
  /** Scopes beside Clerk's own, with what they allow in plain words. */
  readonly customScopes?: Readonly<Record<string, string>>;
  /** Custom claims of each JWT template, by its name. */
  readonly jwtTemplates?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly switches?: Partial<EmulatorSwitches>;
  readonly faults?: readonly SeededFault[];
}

/** A fault that is there from the start. */
export type SeededFault = Fault & {
  readonly group: EndpointGroup | 'all';
  /** How many requests it concerns. Default: all. */
  readonly times?: number;
};

/**
 * Reads a seed that comes from a file.
 *
 * @throws EmulatorSeedError which names each field that does not fit
 */
export function parseEmulatorSeed(value: unknown): EmulatorSeed {
  const parsed = Seed.safeParse(value);
  if (!parsed.success) throw new EmulatorSeedError(z.prettifyError(parsed.error));
  return parsed.data;
}

const list = <Item extends z.ZodType>(item: Item) => z.array(item).exactOptional();

const Seed = z.strictObject({
  users: list(controlSchemas.user),
  organizations: list(controlSchemas.organization),
  memberships: list(controlSchemas.membership),
  oauthApplications: list(controlSchemas.oauthApplication),
  clientMetadata: z.record(z.url({ protocol: /^https$/ }), z.unknown()).exactOptional(),
  apiKeys: list(controlSchemas.apiKey.extend({ secret: z.string().startsWith('ak_') })),
  machines: list(controlSchemas.machine.extend({ secretKey: z.string().startsWith('ak_') })),
  customScopes: z
    .record(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/), z.string())
    .exactOptional(),
  jwtTemplates: z.record(z.string(), z.record(z.string(), z.unknown())).exactOptional(),
  switches: controlSchemas.switches.exactOptional(),
  faults: list(controlSchemas.fault),
}) satisfies z.ZodType<EmulatorSeed>;

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
