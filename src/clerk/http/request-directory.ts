import type { ClerkDirectory } from '../api/clerk-directory.js';
import { createPrivateMember } from '../../request/private-member.js';
import { carrierOf } from '../../request/request-principal.js';

/**
 * Stores the directory on an authenticated request, so that a parameter decorator, which Nest cannot
 * inject into, can load the user.
 */
export function attachDirectory(request: object, directory: ClerkDirectory): void {
  DIRECTORY.set(carrierOf(request), directory);
}

/** The directory of a request that `RequestAuthenticator` authenticated. */
export function directoryOf(request: object): ClerkDirectory | undefined {
  return DIRECTORY.get(carrierOf(request));
}

const DIRECTORY = createPrivateMember<ClerkDirectory>();
