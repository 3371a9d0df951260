import type { KeyObject } from 'node:crypto';
import {
  type ClerkEmulatorOptions,
  DEFAULT_LIFETIMES,
  type Lifetimes,
} from './emulator-options.js';
import { DEFAULT_SWITCHES, type EmulatorSwitches, switchesOf } from './emulator-switches.js';
import {
  EmulatorInProductionError,
  EmulatorLiveKeyError,
  EmulatorNotLoopbackError,
  EmulatorSecretKeyError,
} from './emulator.errors.js';
import { randomToken } from './instance/clerk-id.js';
import { type EmulatorSeed, parseEmulatorSeed } from './instance/seed.js';
import type { WebhookTarget } from './webhooks/webhooks.js';

/** {@link ClerkEmulatorOptions} with every default filled in. */
export interface EmulatorSettings {
  readonly port: number | undefined;
  readonly preferredPort: number | undefined;
  readonly host: string;
  readonly secretKey: string;
  /** Whether the emulator made the secret key for itself. */
  readonly ownsSecretKey: boolean;
  /** Keys of other instances that the process knows; the state file never contains one. */
  readonly foreignSecrets: readonly string[];
  readonly stateFile: string | undefined;
  readonly notify: (message: string) => void;
  readonly signingKey: KeyObject | undefined;
  readonly now: () => number;
  readonly seed: boolean | EmulatorSeed;
  readonly customScopes: Readonly<Record<string, string>>;
  readonly jwtTemplates: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly lifetimes: Lifetimes;
  readonly maxEntries: number;
  readonly webhook: WebhookTarget | undefined;
  /** Mutable on purpose: tests change them while the emulator runs. */
  readonly switches: EmulatorSwitches;
}

/**
 * Fills in the defaults and refuses unsafe options.
 *
 * @throws EmulatorInProductionError, EmulatorLiveKeyError, EmulatorSecretKeyError,
 *   EmulatorNotLoopbackError, EmulatorSeedError, EmulatorSwitchError
 */
export function resolveSettings(options: ClerkEmulatorOptions): EmulatorSettings {
  // The options are checked in addition to the environment: they cannot override production.
  const { NODE_ENV, CLERK_SECRET_KEY, CLERK_PUBLISHABLE_KEY } = process.env;
  for (const environment of [options.environment, NODE_ENV]) refuseProduction(environment);
  const keys = [options.secretKey, ...(options.configuredKeys ?? [])];
  for (const key of [...keys, CLERK_SECRET_KEY, CLERK_PUBLISHABLE_KEY]) refuseLiveKey(key);

  const host = options.host ?? '127.0.0.1';
  if (!LOOPBACK_IPV4.test(host)) throw new EmulatorNotLoopbackError(host);

  const secretKey = options.secretKey ?? `sk_test_${randomToken(42)}`;
  if (!secretKey.startsWith('sk_test_')) throw new EmulatorSecretKeyError();

  const seed =
    typeof options.seed === 'object'
      ? parseEmulatorSeed(options.seed, {
          customScopes: options.customScopes,
          maxEntries: options.maxEntries,
        })
      : (options.seed ?? true);
  const seeded = typeof seed === 'object' ? seed : {};
  return {
    port: options.port,
    preferredPort: options.preferredPort,
    host,
    secretKey,
    ownsSecretKey: options.secretKey === undefined,
    foreignSecrets: [...keys, CLERK_SECRET_KEY].filter(isSecretKey),
    stateFile: options.stateFile,
    notify: options.notify ?? warn,
    signingKey: options.signingKey,
    now: options.now ?? Date.now,
    seed,
    customScopes: { ...seeded.customScopes, ...options.customScopes },
    jwtTemplates: { ...seeded.jwtTemplates, ...options.jwtTemplates },
    lifetimes: { ...DEFAULT_LIFETIMES, ...options.lifetimes },
    maxEntries: options.maxEntries ?? 10_000,
    webhook: options.webhook,
    switches: { ...DEFAULT_SWITCHES, ...seeded.switches, ...switchesOf(options) },
  };
}

const LOOPBACK_IPV4 = /^127(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;

function isSecretKey(key: string | undefined): key is string {
  return key !== undefined && /^sk_\w{8,}/.test(key.trim());
}

function warn(message: string): void {
  process.emitWarning(message, 'ClerkEmulatorWarning');
}

function refuseProduction(environment: string | undefined): void {
  if (environment?.trim().toLowerCase() === 'production') throw new EmulatorInProductionError();
}

function refuseLiveKey(key: string | undefined): void {
  const value = key?.trim();
  if (value?.startsWith('sk_live_')) throw new EmulatorLiveKeyError('secret');
  if (value?.startsWith('pk_live_')) throw new EmulatorLiveKeyError('publishable');
}
