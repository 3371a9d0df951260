import type { KeyObject } from 'node:crypto';
import type { WebhookTarget } from './webhooks/webhooks.js';
import type { EmulatorSeed } from './instance/seed.js';

/** What {@link startClerkEmulator} can be told. Every field is optional. */
export interface ClerkEmulatorOptions extends Partial<EmulatorSwitches> {
  /** TCP port. Default `0`: any free one. */
  readonly port?: number;
  /** A loopback IPv4 address, `127.0.0.0/8`. Default `127.0.0.1`. */
  readonly host?: string;
  /**
   * Name of the environment, beside `NODE_ENV` of the process; `production` is refused in either, in
   * any case. Default: none.
   */
  readonly environment?: string | undefined;
  /** Secret key of the Backend API, `sk_test_…`. Default: a random one per start. */
  readonly secretKey?: string | undefined;
  /** RSA key that signs at first, for tests that start many stand-ins. Default: a new one per start. */
  readonly signingKey?: KeyObject | undefined;
  /**
   * Clerk keys found elsewhere, beside `CLERK_SECRET_KEY` and `CLERK_PUBLISHABLE_KEY` of the process; a
   * live one among them is refused. Default: none.
   */
  readonly configuredKeys?: readonly (string | undefined)[];
  /** The clock, in milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number;
  /** Who and what exists: `true` for the demo accounts and their organization. Default `true`. */
  readonly seed?: boolean | EmulatorSeed;
  /** Scopes beside Clerk's own, with what they allow in plain words. Default: none. */
  readonly customScopes?: Readonly<Record<string, string>>;
  /** Custom claims of each JWT template, by its name. Default: no template. */
  readonly jwtTemplates?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** How long things live. Defaults: {@link Lifetimes}. */
  readonly lifetimes?: Partial<Lifetimes>;
  /** Where webhooks go from the start. Default: nowhere. */
  readonly webhook?: WebhookTarget;
  /** Most entries that any one store keeps; the oldest one gives way. Default `10000`. */
  readonly maxEntries?: number;
}

/** What can be switched while the stand-in runs. */
export interface EmulatorSwitches {
  /** Format of OAuth access tokens. Default `jwt`. */
  accessTokenFormat: 'jwt' | 'opaque';
  /** Whether clients may register themselves (RFC 7591). Default `true`. */
  dynamicClientRegistration: boolean;
  /**
   * Whether a client may be known by the URL of a document (CIMD), which is then fetched. Default
   * `false`.
   */
  clientIdMetadataDocuments: boolean;
  /** Whether a refresh token is issued without `offline_access`. Default `false`. */
  alwaysRefreshToken: boolean;
  /** Whether a refresh replaces the refresh token. Default `true`. */
  rotateRefreshTokens: boolean;
  /** Whether authorization responses carry `iss` (RFC 9207). Default `false`, as with Clerk. */
  issuerInAuthorizationResponse: boolean;
  /**
   * What verification of a revoked or expired opaque access token answers: 200 with the flag set,
   * or 404. Default `flagged`.
   */
  staleAccessTokens: 'flagged' | 'not_found';
}

/** Lifetimes in seconds. */
export interface Lifetimes {
  /** OAuth access token. Default 86 400 (a day). */
  readonly accessToken: number;
  /** OIDC id_token. Default 86 400 (a day). */
  readonly idToken: number;
  /** Session token. Default 60. */
  readonly sessionToken: number;
  /** Token of a JWT template. Default 60. */
  readonly jwtTemplateToken: number;
  /** Authorization code. Default 600. */
  readonly authorizationCode: number;
  /** Refresh token. Default 315 360 000 (ten years). */
  readonly refreshToken: number;
  /** Sign-in session, also of the browser. Default 604 800 (a week). */
  readonly session: number;
  /** Time to finish sign-in and consent. Default 3 600 (an hour). */
  readonly interaction: number;
}

/** {@link ClerkEmulatorOptions} with every default filled in. */
export interface EmulatorSettings {
  readonly port: number;
  readonly host: string;
  readonly secretKey: string;
  readonly signingKey: KeyObject | undefined;
  readonly now: () => number;
  readonly seed: boolean | EmulatorSeed;
  readonly customScopes: Readonly<Record<string, string>>;
  readonly jwtTemplates: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly lifetimes: Lifetimes;
  readonly maxEntries: number;
  readonly webhook: WebhookTarget | undefined;
  /** Mutable on purpose: a test switches them while the stand-in runs. */
  readonly switches: EmulatorSwitches;
}

export const DEFAULT_SWITCHES: Readonly<EmulatorSwitches> = {
  accessTokenFormat: 'jwt',
  dynamicClientRegistration: true,
  clientIdMetadataDocuments: false,
  alwaysRefreshToken: false,
  rotateRefreshTokens: true,
  issuerInAuthorizationResponse: false,
  staleAccessTokens: 'flagged',
};

export const DEFAULT_LIFETIMES: Lifetimes = {
  accessToken: 86_400,
  idToken: 86_400,
  sessionToken: 60,
  jwtTemplateToken: 60,
  authorizationCode: 600,
  refreshToken: 315_360_000,
  session: 604_800,
  interaction: 3_600,
};
