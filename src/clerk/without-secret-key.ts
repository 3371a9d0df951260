import { Logger } from '@nestjs/common';
import type { ResolvedClerkOptions } from './resolved-clerk-options.js';

/** What needs Clerk's Backend API, and so a secret key. In words for an operator. */
export const OFF_WITHOUT_SECRET_KEY: readonly string[] = [
  'opaque access tokens',
  'API keys',
  'opaque machine tokens (unless CLERK_MACHINE_SECRET_KEY is set)',
  'getUser(), getOrganization(), upstreamToken() and getClient()',
  'roles and permissions of OAuth tokens',
  '@VerifyAlways()',
];

/** Says once, at startup, what is off without a secret key. */
export function warnWithoutSecretKey({ secretKey }: Pick<ResolvedClerkOptions, 'secretKey'>): void {
  if (secretKey !== null) return;
  new Logger('ClerkAuthModule').warn(
    `[Clerk] No secret key is set, so only JWTs are accepted, with the keys of the Frontend API. Off: ${OFF_WITHOUT_SECRET_KEY.join('; ')}. Set CLERK_SECRET_KEY to turn them on.`,
  );
}
