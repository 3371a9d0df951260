import type { Counters } from './control/counters.js';
import type { Faults } from './control/faults.js';
import type { EmulatorSwitches } from './emulator-options.js';
import type { ApiKeys } from './instance/api-keys.js';
import type { Machines } from './instance/machines.js';
import type { OAuthApplications } from './instance/oauth-applications.js';
import type { Organizations } from './instance/organizations.js';
import type { Scopes } from './instance/scopes.js';
import type { Sessions } from './instance/sessions.js';
import type { Users } from './instance/users.js';
import type { ClientMetadata } from './oauth/client-metadata.js';
import type { SigningKeys } from './tokens/signing-keys.js';
import type { TokenIssuer } from './tokens/token-issuer.js';
import type { Webhooks } from './webhooks/webhooks.js';

/** A running local stand-in for Clerk. */
export interface ClerkEmulator {
  /** Issuer, and origin of both APIs, such as `http://127.0.0.1:4010`. */
  readonly url: string;
  /** `pk_test_…`, which names the instance as a real one does. */
  readonly publishableKey: string;
  /** Secret key of the Backend API, `sk_test_…`. */
  readonly secretKey: string;
  /** Who can sign in, for a start screen. */
  readonly accounts: readonly EmulatorAccount[];
  /** Mints tokens without a browser. */
  readonly issue: TokenIssuer;
  /** OAuth scopes, Clerk's and custom ones. */
  readonly scopes: Scopes;
  /** Who exists. */
  readonly users: Users;
  /** Organizations and their members. */
  readonly organizations: Organizations;
  /** Sign-in sessions. */
  readonly sessions: Sessions;
  /** Clients of the authorization server. */
  readonly oauthApplications: OAuthApplications;
  /** Documents of clients that are known by a URL. */
  readonly clientMetadata: ClientMetadata;
  /** API keys of users and organizations. */
  readonly apiKeys: ApiKeys;
  /** Machines and their tokens. */
  readonly machines: Machines;
  /** Sends signed webhooks. */
  readonly webhooks: Webhooks;
  /** Makes endpoints misbehave. */
  readonly faults: Faults;
  /** Counts requests. */
  readonly counters: Counters;
  /** The signing keys. */
  readonly keys: SigningKeys;
  /** Changes switches while the stand-in runs. */
  configure(switches: Partial<EmulatorSwitches>): void;
  /** Back to the start: seeded accounts, no token, no fault, counters at zero. Keys stay. */
  reset(): void;
  /** Stops; connections that hang are ended. */
  close(): Promise<void>;
  /** Same as {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Somebody who can sign in. */
export interface EmulatorAccount {
  readonly id: string;
  readonly emailAddress: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  /** The first organization of the user, and the role in it. */
  readonly organization: {
    readonly id: string;
    readonly name: string;
    readonly slug: string;
    readonly role: string;
  } | null;
}
