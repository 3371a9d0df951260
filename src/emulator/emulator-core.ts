import { Counters } from './control/counters.js';
import { Faults } from './control/faults.js';
import { type EmulatorSwitches, refuseUnknownScopes, switchesOf } from './emulator-switches.js';
import { ApiKeys } from './instance/api-keys.js';
import { Billing } from './instance/billing.js';
import type { LastingPart } from './instance/bounded-store.js';
import { clerkId } from './instance/clerk-id.js';
import { ExternalAccounts } from './instance/external-accounts.js';
import { Invitations } from './instance/invitations.js';
import { Machines } from './instance/machines.js';
import { OAuthApplications } from './instance/oauth-applications.js';
import { OrganizationRoles } from './instance/organization-roles.js';
import { Organizations } from './instance/organizations.js';
import { Scopes } from './instance/scopes.js';
import { applySeed } from './instance/seed.js';
import { Sessions } from './instance/sessions.js';
import { SignInTickets } from './instance/sign-in-tickets.js';
import { Users } from './instance/users.js';
import { Browsers } from './oauth/browsers.js';
import { ClientMetadata } from './oauth/client-metadata.js';
import { Consents, Interactions } from './oauth/interactions.js';
import type { EmulatorSettings } from './resolve-settings.js';
import { AccessTokens } from './tokens/access-tokens.js';
import { AuthorizationCodes, Grants } from './tokens/grants.js';
import { SigningKeys } from './tokens/signing-keys.js';
import { type Change, eventData } from './webhooks/change-events.js';
import { Webhooks } from './webhooks/webhooks.js';

/** The state of one running emulator. */
export class EmulatorCore {
  readonly instanceId: string;
  readonly counters = new Counters();
  readonly faults = new Faults();
  readonly webhooks: Webhooks;
  readonly scopes: Scopes;
  readonly users: Users;
  readonly externalAccounts: ExternalAccounts;
  readonly roles: OrganizationRoles;
  readonly organizations: Organizations;
  readonly invitations: Invitations;
  readonly sessions: Sessions;
  readonly signInTickets: SignInTickets;
  readonly oauthApplications: OAuthApplications;
  readonly clientMetadata: ClientMetadata;
  readonly apiKeys: ApiKeys;
  readonly machines: Machines;
  readonly billing: Billing;
  readonly grants: Grants;
  readonly accessTokens: AccessTokens;
  readonly codes: AuthorizationCodes;
  readonly interactions: Interactions;
  readonly browsers: Browsers;
  readonly consents: Consents;
  #url: string | undefined;
  #wasReset = false;

  /** @param kept content of an earlier emulator, in place of that of the seed */
  static async create(settings: EmulatorSettings, kept?: KeptContent): Promise<EmulatorCore> {
    const keys = await SigningKeys.create(settings.signingKey, kept?.parts['keys']);
    return new EmulatorCore(settings, keys, kept);
  }

  private constructor(
    readonly settings: EmulatorSettings,
    readonly keys: SigningKeys,
    kept: KeptContent | undefined,
  ) {
    this.instanceId = kept?.instanceId ?? clerkId('ins');
    const { maxEntries: max, now, lifetimes } = settings;
    this.scopes = new Scopes(settings.customScopes);
    refuseUnknownScopes(settings.switches, this.scopes.names);
    this.webhooks = new Webhooks(this.instanceId, now);
    const changed = (change: Change): void =>
      this.webhooks.emit(change.type, () => eventData(this, change));
    this.users = new Users(max, now, (change) => {
      changed(change);
      if (change.type === 'user.deleted') this.externalAccounts.deleteOfUser(change.user.id);
    });
    this.externalAccounts = new ExternalAccounts(max, now, this.users);
    this.roles = new OrganizationRoles(max, now, (change) => {
      changed(change);
      if (change.type !== 'role.updated' || !change.previous) return;
      this.organizations.followRole(change.previous, change.role);
    });
    this.organizations = new Organizations(max, now, this.users, this.roles, changed);
    const { users, organizations } = this;
    this.invitations = new Invitations(max, now, users, organizations, changed);
    this.sessions = new Sessions(max, now, lifetimes.session, users, organizations, changed);
    this.signInTickets = new SignInTickets(max, now);
    this.oauthApplications = new OAuthApplications(max, now, () => settings.switches.defaultScopes);
    this.clientMetadata = new ClientMetadata(max, now, this.oauthApplications, settings.switches);
    this.apiKeys = new ApiKeys(max, now);
    this.machines = new Machines(max, now);
    this.billing = new Billing(max, now, users, organizations);
    this.grants = new Grants(max, now, lifetimes.refreshToken);
    this.accessTokens = new AccessTokens(
      max,
      now,
      () => this.url,
      keys,
      this.grants,
      settings.switches,
    );
    this.codes = new AuthorizationCodes(max, now, lifetimes.authorizationCode);
    this.interactions = new Interactions(max, now, lifetimes.interaction);
    this.browsers = new Browsers(max, now, lifetimes.session, () => this.url);
    this.consents = new Consents(max, now);
    applySeed(this, settings.seed);
    for (const [name, part] of Object.entries(this.lastingParts())) {
      // A part that the file does not know, because it is newer, keeps what the seed gives it.
      if (kept && name in kept.parts) part.restore(kept.parts[name]);
    }
  }

  /**
   * What lasts over a restart, by its name: each member that is a lasting part, and the `tables` of each
   * member that has some.
   */
  lastingParts(): Readonly<Record<string, LastingPart>> {
    const parts: Record<string, LastingPart> = {};
    for (const [name, member] of Object.entries(this)) {
      if (isLastingPart(member)) parts[name] = member;
      if (!hasTables(member)) continue;
      for (const [table, part] of Object.entries(member.tables)) parts[`${name}.${table}`] = part;
    }
    return parts;
  }

  /** Issuer, and origin of the Frontend and the Backend API. Set once the server listens. */
  get url(): string {
    if (this.#url === undefined) throw new TypeError('The emulator does not listen yet.');
    return this.#url;
  }

  /** `pk_test_` and, in base64, the host and port of the Frontend API followed by `$`. */
  get publishableKey(): string {
    const frontendApi = `${new URL(this.url).host}$`;
    return `pk_test_${Buffer.from(frontendApi).toString('base64').replace(/=+$/, '')}`;
  }

  /** Called once, when the server listens. */
  setUrl(url: string): void {
    this.#url = url;
  }

  now(): number {
    return this.settings.now();
  }

  /**
   * Changes switches.
   *
   * @throws EmulatorSwitchError and then changes none
   */
  configure(changes: Partial<EmulatorSwitches>): EmulatorSwitches {
    const switches = switchesOf(changes);
    refuseUnknownScopes(switches, this.scopes.names);
    return Object.assign(this.settings.switches, switches);
  }

  /** Whether the content began with the present seed since the start. */
  get wasReset(): boolean {
    return this.#wasReset;
  }

  /** Restores the seed and deletes everything else. Keys, switches and scopes stay. */
  reset(): void {
    for (const member of Object.values(this)) {
      if (canBeCleared(member)) member.clear();
    }
    this.counters.reset();
    this.#wasReset = true;
    applySeed(this, this.settings.seed);
  }
}

/** What the core of an earlier emulator held. */
interface KeptContent {
  readonly instanceId: string;
  /** Snapshots, by the names of {@link EmulatorCore.lastingParts}. */
  readonly parts: Readonly<Record<string, unknown>>;
}

function isLastingPart(member: unknown): member is LastingPart {
  return isObject(member) && 'snapshot' in member && 'restore' in member;
}

function hasTables(
  member: unknown,
): member is { readonly tables: Readonly<Record<string, LastingPart>> } {
  return isObject(member) && 'tables' in member;
}

function canBeCleared(member: unknown): member is { clear(): void } {
  return isObject(member) && 'clear' in member;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
