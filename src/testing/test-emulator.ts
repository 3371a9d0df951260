import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { TestingModuleBuilder } from '@nestjs/testing';
import {
  type ClerkEmulator,
  type ClerkEmulatorOptions,
  startClerkEmulator,
} from '../emulator/index.js';
import { type ClerkAuthOptions, CLERK_OPTIONS_ADAPTER } from '../clerk/clerk-auth.options.js';

/**
 * Starts a local Clerk emulator whose clock is `Date`, so that `McpTest.clock` applies to it. All
 * emulators of a process share a signing key, but their issuers differ: none accepts tokens of another.
 */
export async function startTestEmulator(
  options: ClerkEmulatorOptions = {},
): Promise<ClerkEmulator> {
  const signingKey = options.signingKey ?? (await sharedKey());
  return startClerkEmulator({ environment: 'test', now: () => Date.now(), ...options, signingKey });
}

/**
 * Connects the application of a testing module to the emulator. It replaces the options of
 * `ClerkAuthModule` that name a Clerk instance and keeps all other options.
 *
 * @param origin replaces the origin of `baseURL`. Default: the `baseURL` of the application, else
 *   `https://mcp.test`
 */
export function useTestEmulator(
  builder: TestingModuleBuilder,
  clerk: ClerkEmulator,
  { origin }: { readonly origin?: string } = {},
): TestingModuleBuilder {
  return builder
    .overrideProvider(CLERK_OPTIONS_ADAPTER)
    .useValue((given: ClerkAuthOptions): ClerkAuthOptions => ({
      ...given,
      secretKey: clerk.secretKey,
      publishableKey: clerk.publishableKey,
      clerkDomain: clerk.url,
      apiURL: clerk.url,
      jwtKey: given.jwtKey?.trim() ? clerk.keys.publicKeyPem : undefined,
      ...(given.webhooks && {
        webhooks: { ...given.webhooks, signingSecret: clerk.webhooks.signingSecret },
      }),
      baseURL: withOrigin(origin, given.baseURL?.trim() || DEFAULT_BASE_URL),
    }));
}

/** One key per process, because generating it takes longer than the rest of the start. */
let key: Promise<KeyObject> | undefined;

function sharedKey(): Promise<KeyObject> {
  key ??= promisify(generateKeyPair)('rsa', { modulusLength: 2048 }).then(
    (pair) => pair.privateKey,
  );
  return key;
}

const DEFAULT_BASE_URL = 'https://mcp.test';

function withOrigin(origin: string | undefined, baseURL: string): string {
  if (origin === undefined || !URL.canParse(baseURL)) return origin ?? baseURL;
  return new URL(new URL(baseURL).pathname, origin).href;
}
