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
 * Starts a stand-in for Clerk that tells the time of `Date`, frozen or not. Those of one process
 * have a signing key in common, and none of them takes the tokens of another: the issuer differs.
 */
export async function startClerkStandIn(
  options: ClerkEmulatorOptions = {},
): Promise<ClerkEmulator> {
  const signingKey = options.signingKey ?? (await commonKey());
  return startClerkEmulator({ environment: 'test', now: () => Date.now(), ...options, signingKey });
}

/**
 * Points the application of a testing module at the stand-in: whatever `ClerkAuthModule` was told of
 * a Clerk instance gives way, everything else that it was told stays.
 *
 * @param origin of the public URL of the application. Default: that of its `baseURL`, else
 *   `https://mcp.test`
 */
export function useClerkStandIn(
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
      baseURL: at(origin, given.baseURL?.trim() || DEFAULT_BASE_URL),
    }));
}

/** A key takes longer to find than the rest of the start: one per process is enough. */
let key: Promise<KeyObject> | undefined;

function commonKey(): Promise<KeyObject> {
  key ??= promisify(generateKeyPair)('rsa', { modulusLength: 2048 }).then(
    (pair) => pair.privateKey,
  );
  return key;
}

const DEFAULT_BASE_URL = 'https://mcp.test';

function at(origin: string | undefined, baseURL: string): string {
  if (origin === undefined || !URL.canParse(baseURL)) return origin ?? baseURL;
  return new URL(new URL(baseURL).pathname, origin).href;
}
