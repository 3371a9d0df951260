import type { Principal } from '../../request/principal.js';
import { omitUndefined } from '../../request/json-object.js';

/** The signed-in session, in the shape of xmcp's Clerk plugin. */
export interface ClerkSession {
  readonly userId: string;
  /** Absent for OAuth tokens, which belong to a grant. */
  readonly sessionId?: string;
  readonly organizationId?: string;
  readonly organizationRole?: string;
  readonly organizationPermissions?: readonly string[];
  readonly expiresAt: Date;
  readonly issuedAt: Date;
  /** The verified claims of the token. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** The session of a principal; `undefined` if it has no user. */
export function sessionOf(principal: Principal): ClerkSession | undefined {
  const { userId, sessionId, organization, issuedAt, expiresAt, claims } = principal;
  if (userId === undefined) return undefined;
  return omitUndefined({
    userId,
    sessionId,
    organizationId: organization?.id,
    organizationRole: organization?.role,
    organizationPermissions: organization?.permissions,
    expiresAt: new Date(Math.min(expiresAt, LATEST_DATE)),
    issuedAt: new Date(issuedAt ?? 0),
    claims,
  });
}

/** The last moment that a `Date` can hold; some API keys never expire. */
const LATEST_DATE = 8.64e15;

/** The active organization of a caller. Unknown members are absent. */
export interface ClerkOrganization {
  readonly id: string;
  readonly name?: string;
  readonly slug?: string;
  /** The caller's role, such as `org:admin`. Absent if the caller is not a member. */
  readonly role?: string;
  readonly permissions?: readonly string[];
}
