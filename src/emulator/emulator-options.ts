import type { KeyObject } from 'node:crypto';
import type { EmulatorSwitches } from './emulator-switches.js';
import type { EmulatorSeed } from './instance/seed.js';
import type { WebhookTarget } from './webhooks/webhooks.js';

/** Options of {@link startClerkEmulator}. Every field is optional. */
export interface ClerkEmulatorOptions extends Partial<EmulatorSwitches> {
  /** TCP port; `0` is any free one. Default: that of `stateFile` or `preferredPort` if it is free. */
  readonly port?: number | undefined;
  /** TCP port to listen on if it is free, when no `port` is given. Default: any free one. */
  readonly preferredPort?: number;
  /** A loopback IPv4 address, `127.0.0.0/8`. Default `127.0.0.1`. */
  readonly host?: string;
  /**
   * Name of the environment. `production`, in any case, is refused here and in the `NODE_ENV` of the
   * process. Default: none.
   */
  readonly environment?: string | undefined;
  /**
   * Secret key of the Backend API, `sk_test_…`. Default: a random one, which `stateFile` keeps. A given
   * one is never written.
   */
  readonly secretKey?: string | undefined;
  /** RSA key that signs first; tests that start many emulators share one. Default: a new one. */
  readonly signingKey?: KeyObject | undefined;
  /**
   * Clerk keys that the application is configured with. A live key is refused here and in
   * `CLERK_SECRET_KEY` and `CLERK_PUBLISHABLE_KEY` of the process. Default: none.
   */
  readonly configuredKeys?: readonly (string | undefined)[];
  /** The clock, in milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number;
  /** Initial content: `true` for the demo accounts and their organization. Default `true`. */
  readonly seed?: boolean | EmulatorSeed;
  /**
   * File that keeps the content over a restart: signing keys, applications, grants, tokens, users and the
   * rest. It is created with mode 0600, and belongs in no repository. One process uses it at a time.
   * Default: the content ends with the emulator.
   */
  readonly stateFile?: string | undefined;
  /**
   * Receives what is worth knowing about the state: a file that is in use, damaged or full, or a port
   * that is taken. Default: a warning of the process.
   */
  readonly notify?: (message: string) => void;
  /** Scopes in addition to Clerk's: name and a description for the user. Default: none. */
  readonly customScopes?: Readonly<Record<string, string>>;
  /** Custom claims of each JWT template, by its name. Default: no template. */
  readonly jwtTemplates?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Lifetimes of tokens, codes and sessions. Defaults: {@link Lifetimes}. */
  readonly lifetimes?: Partial<Lifetimes>;
  /** Target of webhooks from the start. Default: none. */
  readonly webhook?: WebhookTarget;
  /** Maximum number of entries in each store; a full store drops its oldest. Default `10000`. */
  readonly maxEntries?: number;
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
  /** Sign-in session, and the cookie of the browser. Default 604 800 (a week). */
  readonly session: number;
  /** Time to finish sign-in and consent. Default 3 600 (an hour). */
  readonly interaction: number;
}

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
