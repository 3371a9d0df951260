import { signedInAuthObject } from '@clerk/backend/internal';
import type { JsonObject } from '../json-object.js';
import { invalidToken } from './token-refusals.js';

/** The organization that a session acts in. */
export interface SessionOrganization {
  readonly id: string;
  readonly slug: string | undefined;
  readonly role: string | undefined;
  readonly permissions: readonly string[] | undefined;
}

/**
 * The organization in the verified claims of a session, of either version; the SDK unpacks them.
 *
 * @throws {AccessRefusedError} `invalid_token` when the claim cannot be read
 */
export function sessionOrganizationIn(claims: JsonObject): SessionOrganization | undefined {
  // Most sessions have none, and the SDK builds much around the claims.
  if (!(claims['v'] === 2 ? claims['o'] : claims['org_id'])) return undefined;
  const { orgId, orgSlug, orgRole, orgPermissions } = authObjectOf(claims);
  if (!orgId) return undefined;
  return {
    id: orgId,
    slug: orgSlug ?? undefined,
    role: orgRole ?? undefined,
    permissions: orgPermissions ?? undefined,
  };
}

function authObjectOf(claims: JsonObject) {
  try {
    // It reads the claims one by one, and keeps the token for `getToken()` only.
    return signedInAuthObject({}, '', claims as Parameters<typeof signedInAuthObject>[2]);
  } catch {
    throw invalidToken('The access token could not be verified.');
  }
}
