import { createClerkClient, type ClerkClient } from '@clerk/backend';
import type { ResolvedClerkOptions } from './resolved-clerk.options.js';

/** Injection token of the Clerk Backend SDK's client, `ClerkClient` of `@clerk/backend`. */
export const CLERK_CLIENT = Symbol('nestjs-clerk-mcp:clerk-client');

/** Builds the client of the Clerk Backend SDK. It opens no connection. */
export function createClient(options: ResolvedClerkOptions): ClerkClient {
  return createClerkClient({
    secretKey: options.secretKey,
    publishableKey: options.publishableKey,
    apiUrl: options.apiURL,
    // With test keys the SDK would report home and print a notice.
    telemetry: { disabled: true },
  });
}
