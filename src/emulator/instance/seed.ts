import { z } from 'zod';
import { controlSchemas } from '../control/control-schemas.js';
import type { FaultOf, Faults, SeededFault } from '../control/faults.js';
import { docsPage } from '../../docs/docs-page.js';
import { type EmulatorSwitches, switchesSchema } from '../emulator-switches.js';
import { EmulatorSeedError } from '../emulator.errors.js';
import type { ClientMetadata } from '../oauth/client-metadata.js';
import type { ApiKeyInput, ApiKeys } from './api-keys.js';
import type { Billing, BillingPlanInput, BillingStatementInput } from './billing.js';
import { clerkId } from './clerk-id.js';
import type { ExternalAccountInput, ExternalAccounts } from './external-accounts.js';
import type { MachineInput, Machines } from './machines.js';
import type { OAuthApplicationInput, OAuthApplications } from './oauth-applications.js';
import type {
  OrganizationPermissionInput,
  OrganizationRoleInput,
  OrganizationRoles,
} from './organization-roles.js';
import type {
  OrganizationInput,
  OrganizationMembershipInput,
  Organizations,
} from './organizations.js';
import type { Scopes } from './scopes.js';
import { contradictions } from './seed-checks.js';
import type { UserInput, Users } from './users.js';

/**
 * Initial content of the emulator, in place of the demo accounts; `reset()` restores it. Users are
 * named by e-mail address or id, organizations by slug or id.
 */
export interface EmulatorSeed {
  readonly users?: readonly UserInput[];
  readonly externalAccounts?: readonly ExternalAccountInput[];
  readonly organizations?: readonly OrganizationInput[];
  /** Permissions in organizations beside those of a new instance, and other names for these. */
  readonly permissions?: readonly OrganizationPermissionInput[];
  /** Roles beside `org:admin` and `org:member`, and what these have in place of their permissions. */
  readonly roles?: readonly OrganizationRoleInput[];
  readonly memberships?: readonly OrganizationMembershipInput[];
  readonly oauthApplications?: readonly (OAuthApplicationInput & {
    /** In place of `clientSecret`, as an export has it. */
    readonly clientSecretFingerprint?: string;
  })[];
  /** Client metadata documents (CIMD) by their URL. */
  readonly clientMetadata?: Readonly<Record<string, unknown>>;
  /**
   * Here `subject` may also be an e-mail address, a slug or the id of a machine. The secret is required, or, as an export has
   * it, its fingerprint: the SHA-256 hash as base64url.
   */
  readonly apiKeys?: readonly (ApiKeyInput & { readonly secretFingerprint?: string })[];
  /** The secret key or its fingerprint is required. */
  readonly machines?: readonly (MachineInput & { readonly secretKeyFingerprint?: string })[];
  /** Plans beside `free_user` and `free_org`. */
  readonly billingPlans?: readonly BillingPlanInput[];
  readonly billingStatements?: readonly BillingStatementInput[];
  /** Scopes in addition to Clerk's: name and a description for the user. */
  readonly customScopes?: Readonly<Record<string, string>>;
  /** Custom claims of each JWT template, by its name. */
  readonly jwtTemplates?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly switches?: Partial<EmulatorSwitches>;
  readonly faults?: readonly SeededFault[];
}

/**
 * Reads a seed from parsed JSON: every field is known and valid, and its entries fit together.
 *
 * @param options `customScopes` that exist besides those of the seed; `maxEntries` of a store
 * @throws EmulatorSeedError whose message names each problem with its entry
 */
export function parseEmulatorSeed(
  value: unknown,
  options: {
    readonly customScopes?: Readonly<Record<string, string>> | undefined;
    readonly maxEntries?: number | undefined;
  } = {},
): EmulatorSeed {
  // A seed in a program may have members that are undefined, which JSON does not have.
  const json: unknown = value === undefined ? value : JSON.parse(JSON.stringify(value));
  const parsed = Seed.safeParse(json);
  const problems = [
    ...(parsed.error?.issues.map(problemOf) ?? []),
    ...contradictions(json, { ...options.customScopes }, options.maxEntries),
  ];
  if (!parsed.success || problems.length > 0) throw new EmulatorSeedError(problems);
  return parsed.data;
}

/** Client id of the application that `issue.*` uses by default. */
export const SEEDED_CLIENT_ID = 'emulatorLocalApp';

/**
 * Creates the content of a seed (`true`: the demo accounts) and the default application; `false`
 * creates nothing.
 */
export function applySeed(instance: SeededStores, seed: boolean | EmulatorSeed): void {
  if (seed === false) return;
  createContent(instance, seed === true ? DEMO : seed);
  if (instance.oauthApplications.find(SEEDED_CLIENT_ID)) return;
  instance.oauthApplications.create({
    ...LOCAL_APPLICATION,
    scopes: localScopes(instance.scopes.names),
  });
}

/** The application that every seed has. */
export const LOCAL_APPLICATION = {
  name: 'Local application',
  clientId: SEEDED_CLIENT_ID,
  redirectUris: ['http://127.0.0.1/callback', 'http://localhost/callback'],
} satisfies OAuthApplicationInput;

/** Its scopes. */
export function localScopes(names: readonly string[]): readonly string[] {
  return names.filter((name) => name !== 'private_metadata');
}

/** The stores that a seed fills. */
interface SeededStores {
  readonly scopes: Scopes;
  readonly users: Users;
  readonly externalAccounts: ExternalAccounts;
  readonly organizations: Organizations;
  readonly roles: OrganizationRoles;
  readonly oauthApplications: OAuthApplications;
  readonly clientMetadata: ClientMetadata;
  readonly apiKeys: ApiKeys;
  readonly machines: Machines;
  readonly billing: Billing;
  readonly faults: Faults;
}

const list = <Item extends z.ZodType>(item: Item) => z.array(item).exactOptional();

const fingerprint = z
  .string()
  .regex(/^[\w-]{43}$/, 'a fingerprint is a SHA-256 hash as base64url, as an export has it')
  .exactOptional();

const Seed = z.strictObject({
  users: list(controlSchemas.user),
  externalAccounts: list(controlSchemas.externalAccount),
  organizations: list(controlSchemas.organization),
  permissions: list(controlSchemas.permission),
  roles: list(controlSchemas.role),
  memberships: list(controlSchemas.membership),
  oauthApplications: list(
    controlSchemas.oauthApplication.extend({ clientSecretFingerprint: fingerprint }),
  ),
  clientMetadata: z.record(z.url({ protocol: /^https$/ }), z.unknown()).exactOptional(),
  apiKeys: list(controlSchemas.apiKey.extend({ secretFingerprint: fingerprint })),
  machines: list(controlSchemas.machine.extend({ secretKeyFingerprint: fingerprint })),
  billingPlans: list(controlSchemas.billingPlan),
  billingStatements: list(controlSchemas.billingStatement),
  customScopes: z
    .record(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/), z.string())
    .exactOptional(),
  jwtTemplates: z.record(z.string(), z.record(z.string(), z.unknown())).exactOptional(),
  switches: switchesSchema.exactOptional(),
  faults: list(controlSchemas.fault),
}) satisfies z.ZodType<EmulatorSeed>;

/** `users[0].emailAddress: what is wrong` */
function problemOf(issue: z.core.$ZodIssue): string {
  const path = issue.path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
  const cure =
    issue.code === 'unrecognized_keys'
      ? `. Remove it or correct its name: ${docsPage('emulator')} shows the fields`
      : '';
  return `${path || 'seed'}: ${issue.message}${cure}`;
}

function createContent(instance: SeededStores, seed: EmulatorSeed): void {
  // Ids derived from unique names stay the same after a restart, so clients can keep them.
  for (const user of seed.users ?? []) {
    instance.users.create({ id: clerkId('user', user.emailAddress), ...user });
  }
  for (const account of seed.externalAccounts ?? []) instance.externalAccounts.connect(account);
  for (const organization of seed.organizations ?? []) {
    const name = organization.slug ?? organization.name;
    const { createdBy } = organization;
    instance.organizations.create({
      id: clerkId('org', name),
      ...organization,
      ...(createdBy !== undefined && { createdBy: instance.users.get(createdBy).id }),
    });
  }
  for (const permission of seed.permissions ?? []) instance.roles.definePermission(permission);
  for (const role of seed.roles ?? []) instance.roles.define(role);
  for (const membership of seed.memberships ?? []) instance.organizations.addMember(membership);
  for (const { clientSecretFingerprint, ...application } of seed.oauthApplications ?? []) {
    const { clientId } = instance.oauthApplications.create(application);
    if (clientSecretFingerprint === undefined) continue;
    instance.oauthApplications.tables.secrets.set(clientId, clientSecretFingerprint);
  }
  for (const [url, document] of Object.entries(seed.clientMetadata ?? {})) {
    instance.clientMetadata.set(url, document);
  }
  for (const { secretKeyFingerprint, ...machine } of seed.machines ?? []) {
    const { id } = instance.machines.create(machine);
    if (secretKeyFingerprint === undefined) continue;
    instance.machines.tables.machineIdBySecret.setFingerprint(secretKeyFingerprint, id);
  }
  for (const { secretFingerprint, ...key } of seed.apiKeys ?? []) {
    const { id: subject } =
      instance.organizations.find(key.subject) ??
      instance.machines.find(key.subject) ??
      instance.users.get(key.subject);
    const { id } = instance.apiKeys.create({
      ...key,
      subject,
      ...(key.createdBy && { createdBy: instance.users.get(key.createdBy).id }),
    });
    if (secretFingerprint === undefined) continue;
    instance.apiKeys.tables.idBySecret.setFingerprint(secretFingerprint, id);
  }
  for (const plan of seed.billingPlans ?? []) instance.billing.createPlan(plan);
  for (const statement of seed.billingStatements ?? []) instance.billing.createStatement(statement);
  for (const { group, times, ...fault } of seed.faults ?? []) {
    // `SeededFault` does not tie faults to groups; `parseEmulatorSeed` checks that they fit.
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
  billingPlans: [
    { slug: 'pro', name: 'Pro', monthlyFee: 2_500, annualMonthlyFee: 2_000, features: ['notes'] },
  ],
  memberships: [
    { organization: 'analytical-engines', user: 'ada@example.com', role: 'org:admin' },
    { organization: 'analytical-engines', user: 'grace@example.com', role: 'org:member' },
  ],
};
