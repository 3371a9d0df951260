import type { EmulatorCore } from '../emulator-core.js';
import { DEFAULT_SWITCHES } from '../emulator-switches.js';
import type { OAuthApplication } from './oauth-applications.js';
import { DEFAULT_PERMISSIONS, DEFAULT_ROLES } from './default-roles.js';
import { ORGANIZATION_DEFAULTS } from './organizations.js';
import { type EmulatorSeed, LOCAL_APPLICATION, localScopes } from './seed.js';
import { USER_DEFAULTS } from './users.js';

/**
 * The present content as a seed. It has fingerprints instead of secrets, and no token of another service.
 * Sessions, tokens, revoked keys and clients that registered themselves are not part of a seed.
 */
export function exportSeed(core: EmulatorCore): EmulatorSeed {
  const seed = Object.entries(SECTIONS).map(([name, section]) => [name, section(core)] as const);
  // Each section has the type that `SECTIONS` checks; `fromEntries` does not keep it.
  return Object.fromEntries(seed.filter(([, content]) => !isEmpty(content))) as EmulatorSeed;
}

type Sections = {
  readonly [Name in keyof EmulatorSeed]-?: (core: EmulatorCore) => Required<EmulatorSeed>[Name];
};

const SECTIONS: Sections = {
  users: (core) =>
    core.users
      .list()
      .map((user) =>
        withoutDefaults(user, USER_DEFAULTS, [
          'emailAddressId',
          'createdAt',
          'updatedAt',
          'lastSignInAt',
        ]),
      ),
  externalAccounts: (core) =>
    core.externalAccounts.tables.accounts.values().map(({ userId, lifetime, ...account }) => ({
      user: userName(core, userId),
      provider: account.provider,
      scopes: account.scopes,
      ...(lifetime !== undefined && { expiresInSeconds: lifetime }),
      ...(account.label !== null && { label: account.label }),
    })),
  organizations: (core) =>
    core.organizations.list().map(({ createdBy, ...organization }) => ({
      ...withoutDefaults(organization, ORGANIZATION_DEFAULTS, ['createdAt', 'updatedAt']),
      // The user may have been deleted since.
      ...(createdBy !== null && core.users.find(createdBy) && { createdBy }),
    })),
  permissions: (core) =>
    core.roles.listPermissions().flatMap(({ key, name, description }) => {
      const known = DEFAULT_PERMISSIONS.find((one) => one.key === key);
      const isDefault = known?.name === name && description === '';
      return isDefault ? [] : [{ key, name, ...(description !== '' && { description }) }];
    }),
  roles: (core) =>
    core.roles.list().flatMap(({ key, name, description, permissions }) => {
      const known = DEFAULT_ROLES.find((one) => one.key === key);
      const isDefault =
        known?.name === name &&
        description === null &&
        JSON.stringify(known.permissions) === JSON.stringify(permissions);
      return isDefault
        ? []
        : [{ key, name, ...(description !== null && { description }), permissions }];
    }),
  memberships: (core) =>
    core.organizations.list().flatMap(({ id, slug }) =>
      core.organizations.members(id).map(({ userId, role, permissions, ...membership }) => ({
        organization: slug,
        user: userName(core, userId),
        role,
        permissions,
        ...(!isEmpty(membership.publicMetadata) && { publicMetadata: membership.publicMetadata }),
        ...(!isEmpty(membership.privateMetadata) && {
          privateMetadata: membership.privateMetadata,
        }),
      })),
    ),
  oauthApplications: (core) =>
    core.oauthApplications
      .list()
      .filter((one) => !one.dynamicallyRegistered && !isLocalApplication(core, one))
      .map((application) => {
        const fingerprint = core.oauthApplications.tables.secrets.get(application.clientId);
        return {
          ...withoutDefaults(application, APPLICATION_DEFAULTS, [
            'id',
            'dynamicallyRegistered',
            'describedByDocument',
            'createdAt',
            'updatedAt',
          ]),
          ...(fingerprint !== undefined && { clientSecretFingerprint: fingerprint }),
        };
      }),
  clientMetadata: (core) => core.clientMetadata.documents(),
  apiKeys: (core) =>
    core.apiKeys.tables.keys
      .values()
      .filter(({ revoked, expiration }) => !revoked && !(expiration && expiration <= core.now()))
      .flatMap(({ id, subject, expiration, createdAt, createdBy, ...key }) => {
        const secretFingerprint = core.apiKeys.tables.idBySecret.fingerprintOf(id);
        const name = subjectName(core, subject);
        if (secretFingerprint === undefined || name === undefined) return [];
        return {
          name: key.name,
          subject: name,
          secretFingerprint,
          ...(key.scopes.length > 0 && { scopes: key.scopes }),
          ...(key.claims !== null && { claims: key.claims }),
          ...(key.description !== null && { description: key.description }),
          ...(createdBy !== null && core.users.find(createdBy) && { createdBy }),
          // The whole lifetime: a seed says how a key begins.
          ...(expiration !== null && { expiresInSeconds: (expiration - createdAt) / 1000 }),
        };
      }),
  machines: (core) =>
    core.machines.tables.machines
      .values()
      .flatMap(({ id, name, scopedMachines, defaultTokenLifetime }) => {
        const secretKeyFingerprint = core.machines.tables.machineIdBySecret.fingerprintOf(id);
        if (secretKeyFingerprint === undefined) return [];
        return {
          name,
          id,
          secretKeyFingerprint,
          defaultTokenLifetime,
          ...(scopedMachines.length > 0 && { scopedMachines }),
        };
      }),
  billingPlans: (core) =>
    core.billing.tables.plans
      .values()
      .filter(({ isDefault }) => !isDefault)
      .map((plan) => withoutDefaults(plan, {}, ['id', 'isDefault', 'createdAt'])),
  billingStatements: (core) =>
    core.billing.tables.statements.values().flatMap(({ payerId, amount, status }) => {
      const payer = subjectName(core, payerId);
      return payer === undefined ? [] : [{ payer, amount, status }];
    }),
  customScopes: (core) => core.scopes.customDescriptions,
  jwtTemplates: (core) => core.settings.jwtTemplates,
  switches: (core) => withoutDefaults(core.settings.switches, DEFAULT_SWITCHES, []),
  faults: (core) => core.faults.list(),
};

const APPLICATION_DEFAULTS = { consentScreenEnabled: true, clientUri: null };

/** The fields of a stored object that an input has to repeat. */
function withoutDefaults<Stored extends object, Omitted extends keyof Stored>(
  stored: Stored,
  defaults: Partial<Stored>,
  omitted: readonly Omitted[],
): Omit<Stored, Omitted> {
  const entries = Object.entries(stored).filter(
    ([name, value]) =>
      !omitted.some((one) => one === name) &&
      JSON.stringify(value) !== JSON.stringify(defaults[name as keyof Stored]),
  );
  // Where a field is missing, its default gives it the same value again.
  return Object.fromEntries(entries) as Omit<Stored, Omitted>;
}

function isLocalApplication(core: EmulatorCore, application: OAuthApplication): boolean {
  return Object.entries({ ...LOCAL_APPLICATION, scopes: localScopes(core.scopes.names) }).every(
    ([name, value]) =>
      JSON.stringify(application[name as keyof OAuthApplication]) === JSON.stringify(value),
  );
}

function userName(core: EmulatorCore, id: string): string {
  return core.users.find(id)?.emailAddress ?? id;
}

/** `undefined` for a subject that does not exist any more. */
function subjectName(core: EmulatorCore, id: string): string | undefined {
  return (
    core.organizations.find(id)?.slug ??
    core.users.find(id)?.emailAddress ??
    core.machines.find(id)?.id
  );
}

function isEmpty(content: object): boolean {
  return Object.keys(content).length === 0;
}
