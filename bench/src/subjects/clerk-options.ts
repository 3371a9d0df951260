import type { ClerkAuthOptions } from '../../../dist/index.js';
import type { SubjectSettings } from '../settings.js';

/** What `ClerkAuthModule` must know of the local Clerk emulator. */
export function clerkOptions({
  secretKey,
  publishableKey,
  issuer,
  baseURL,
}: SubjectSettings): ClerkAuthOptions {
  return {
    secretKey,
    publishableKey,
    clerkDomain: issuer,
    apiURL: issuer,
    baseURL,
    // Required in production, as which the subjects run. The emulator names itself in its tokens.
    authorizedParties: [issuer],
  };
}
