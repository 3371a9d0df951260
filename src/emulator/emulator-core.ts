import { Counters } from './control/counters.js';
import { Faults } from './control/faults.js';
import { type EmulatorSwitches, refuseUnknownScopes, switchesOf } from './emulator-switches.js';
import { ApiKeys } from './instance/api-keys.js';
import { Billing } from './instance/billing.js';
import { clerkId } from './instance/clerk-id.js';
import { ExternalAccounts } from './instance/external-accounts.js';
import { Machines } from './instance/machines.js';
import { OAuthApplications } from './instance/oauth-applications.js';
import { Organizations } from './instance/organizations.js';
import { Scopes } from './instance/scopes.js';
import { applySeed } from './instance/seed.js';
import { Sessions } from './instance/sessions.js';
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
  readonly instanceId = clerkId('ins');
  readonly counters = new Counters();
  readonly faults = new Faults();
  readonly webhooks: Webhooks;
  readonly scopes: Scopes;
  readonly users: Users;
  readonly externalAccounts: ExternalAccounts;
  readonly organizations: Organizations;
  readonly sessions: Sessions;
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

  static async create(settings: EmulatorSettings): Promise<EmulatorCore> {
    return new EmulatorCore(settings, await SigningKeys.create(settings.signingKey));
  }

  private constructor(
    readonly settings: EmulatorSettings,
    readonly keys: SigningKeys,
  ) {
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
    this.organizations = new Organizations(max, now, this.users, changed);
    const { users, organizations } = this;
    this.sessions = new Sessions(max, now, lifetimes.session, users, organizations, changed);
    this.oauthApplications = new OAuthApplications(max, now, () => settings.switches.defaultScopes);
    this.clientMetadata = new ClientMetadata(this.oauthApplications, settings.switches);
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

  /** Restores the seed and deletes everything else. Keys, switches and scopes stay. */
  reset(): void {
    for (const store of [
      this.users,
      this.externalAccounts,
      this.organizations,
      this.sessions,
      this.oauthApplications,
      this.clientMetadata,
      this.apiKeys,
      this.machines,
      this.billing,
      this.accessTokens,
      this.grants,
      this.codes,
      this.interactions,
      this.browsers,
      this.consents,
    ]) {
      store.clear();
    }
    this.webhooks.clear();
    this.faults.clear();
    this.counters.reset();
    applySeed(this, this.settings.seed);
  }
}
