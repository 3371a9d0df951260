import { listAccounts } from './accounts.js';
import type { EmulatorAccount } from './emulator-account.js';
import type { Counters } from './control/counters.js';
import type { Faults } from './control/faults.js';
import { EmulatorCore } from './emulator-core.js';
import type { ClerkEmulatorOptions } from './emulator-options.js';
import type { EmulatorSwitches } from './emulator-switches.js';
import { type EmulatorServer, listen } from './http/emulator-server.js';
import type { ApiKeys } from './instance/api-keys.js';
import type { Billing } from './instance/billing.js';
import type { ExternalAccounts } from './instance/external-accounts.js';
import type { Invitations } from './instance/invitations.js';
import type { Machines } from './instance/machines.js';
import type { OAuthApplications } from './instance/oauth-applications.js';
import type { OrganizationRoles } from './instance/organization-roles.js';
import type { Organizations } from './instance/organizations.js';
import type { Scopes } from './instance/scopes.js';
import type { EmulatorSeed } from './instance/seed.js';
import { exportSeed } from './instance/seed-export.js';
import type { Sessions } from './instance/sessions.js';
import type { Users } from './instance/users.js';
import type { ClientMetadata } from './oauth/client-metadata.js';
import { type EmulatorSettings, resolveSettings } from './resolve-settings.js';
import { KeptState } from './state/kept-state.js';
import type { SigningKeys } from './tokens/signing-keys.js';
import { TokenIssuer } from './tokens/token-issuer.js';
import type { Webhooks } from './webhooks/webhooks.js';

/**
 * Starts a local Clerk emulator on loopback: an authorization server with sign-in and consent pages,
 * and the part of the Backend API that a resource server needs. It never starts in production.
 *
 * @throws EmulatorInProductionError, EmulatorLiveKeyError, EmulatorSecretKeyError,
 *   EmulatorNotLoopbackError, EmulatorPortInUseError, EmulatorSeedError, EmulatorSwitchError
 * @example
 * ```ts
 * const clerk = await startClerkEmulator();
 * const client = createClerkClient({
 *   apiUrl: clerk.url,
 *   secretKey: clerk.secretKey,
 *   publishableKey: clerk.publishableKey,
 * });
 * const token = await clerk.issue.oauthAccessToken({ user: 'ada@example.com' });
 * await clerk.close();
 * ```
 */
export async function startClerkEmulator(
  options: ClerkEmulatorOptions = {},
): Promise<ClerkEmulator> {
  const resolved = resolveSettings(options);
  const { stateFile } = resolved;
  const state = stateFile === undefined ? undefined : new KeptState(stateFile, resolved);
  const { core, server } = await startCore(resolved, state).catch(async (error: unknown) => {
    await state?.close();
    throw error;
  });
  const { settings } = core;
  if (settings.webhook) core.webhooks.sendTo(settings.webhook);
  await state?.begin(core);
  const close = async (): Promise<void> => {
    core.webhooks.close();
    await server.close();
    await state?.close();
  };

  return {
    url: core.url,
    publishableKey: core.publishableKey,
    secretKey: settings.secretKey,
    get accounts() {
      return listAccounts(core);
    },
    issue: new TokenIssuer(core),
    scopes: core.scopes,
    users: core.users,
    externalAccounts: core.externalAccounts,
    organizations: core.organizations,
    roles: core.roles,
    invitations: core.invitations,
    sessions: core.sessions,
    oauthApplications: core.oauthApplications,
    clientMetadata: core.clientMetadata,
    apiKeys: core.apiKeys,
    machines: core.machines,
    billing: core.billing,
    webhooks: core.webhooks,
    faults: core.faults,
    counters: core.counters,
    keys: core.keys,
    get state() {
      return state ? { file: state.file, isKept: state.isKept } : null;
    },
    exportSeed: () => exportSeed(core),
    configure: (switches) => {
      core.configure(switches);
    },
    reset: () => core.reset(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function startCore(
  settings: EmulatorSettings,
  state: KeptState | undefined,
): Promise<{ readonly core: EmulatorCore; readonly server: EmulatorServer }> {
  const core = await createCore(settings, state);
  const ports = settings.port === undefined ? freePorts(settings, state) : [settings.port];
  const server = await listen(core, ports, state && (() => state.settled()));
  return { core, server };
}

/** The ports to try: clients keep the address of the emulator over a restart. */
function freePorts(settings: EmulatorSettings, state: KeptState | undefined): readonly number[] {
  const kept = state?.content && new URL(state.content.url);
  return [
    ...(kept?.hostname === settings.host ? [Number(kept.port)] : []),
    ...(settings.preferredPort === undefined ? [] : [settings.preferredPort]),
    0,
  ];
}

/** The content of the state, or else of the seed. */
async function createCore(
  settings: EmulatorSettings,
  state: KeptState | undefined,
): Promise<EmulatorCore> {
  if (!state?.content) return EmulatorCore.create(settings);
  try {
    return await EmulatorCore.create(state.settings, state.content);
  } catch {
    state.discard();
    return EmulatorCore.create(settings);
  }
}

/** A running local Clerk emulator. */
export interface ClerkEmulator {
  /** Issuer, and origin of both APIs, such as `http://127.0.0.1:4010`. */
  readonly url: string;
  /** `pk_test_…`; it contains the host and port of this emulator, as a real key its instance. */
  readonly publishableKey: string;
  /** Secret key of the Backend API, `sk_test_…`. */
  readonly secretKey: string;
  /** The users who can sign in. */
  readonly accounts: readonly EmulatorAccount[];
  /** Issues tokens without a browser. */
  readonly issue: TokenIssuer;
  /** Clerk's OAuth scopes and custom ones. */
  readonly scopes: Scopes;
  /** The users of the instance. */
  readonly users: Users;
  /** Accounts of other services that the users have connected. */
  readonly externalAccounts: ExternalAccounts;
  /** Organizations and their members. */
  readonly organizations: Organizations;
  /** Roles and permissions of organizations. */
  readonly roles: OrganizationRoles;
  /** Invitations to the instance and to organizations. */
  readonly invitations: Invitations;
  /** Sign-in sessions. */
  readonly sessions: Sessions;
  /** Clients of the authorization server. */
  readonly oauthApplications: OAuthApplications;
  /** Metadata documents of clients whose `client_id` is a URL. */
  readonly clientMetadata: ClientMetadata;
  /** API keys of users and organizations. */
  readonly apiKeys: ApiKeys;
  /** Machines and their tokens. */
  readonly machines: Machines;
  /** Plans, and statements of those who pay. */
  readonly billing: Billing;
  /** Sends signed webhooks. */
  readonly webhooks: Webhooks;
  /** Makes endpoints fail. */
  readonly faults: Faults;
  /** Counts requests. */
  readonly counters: Counters;
  /** The signing keys. */
  readonly keys: SigningKeys;
  /** The file that keeps the content, and whether it does; `null` without `stateFile`. */
  readonly state: { readonly file: string; readonly isKept: boolean } | null;
  /**
   * The present content as a seed: users, organizations, members, applications, keys and the rest, with
   * fingerprints instead of secrets. Sessions, tokens and clients that registered themselves are not part
   * of it.
   */
  exportSeed(): EmulatorSeed;
  /**
   * Changes switches while the emulator runs.
   *
   * @throws EmulatorSwitchError
   */
  configure(switches: Partial<EmulatorSwitches>): void;
  /**
   * Restores the seed: deletes everything else, tokens and faults included, and sets the counters to
   * zero. Keys, switches and scopes stay.
   */
  reset(): void;
  /** Stops the emulator and closes every connection, also the hanging ones. */
  close(): Promise<void>;
  /** Same as {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}
