import type { Principal } from '../request/principal.js';

/**
 * What is taken back, as data. Every member that names somebody or something must match: a user and
 * an organization together are one membership, a user and a client one OAuth grant.
 */
export interface Revocation {
  /** The user behind the credential, or who acts for that user now. */
  readonly userId?: string;
  /** The sign-in session. */
  readonly sessionId?: string;
  /** The organization that the credential acts in. */
  readonly organizationId?: string;
  /** The OAuth client that the credential was issued to. */
  readonly clientId?: string;
  /** Whom the credential speaks for (`sub`), such as a machine. */
  readonly subject?: string;
  /** The credential itself (`jti`). */
  readonly tokenId?: string;
  /** Spares credentials that name no role, or this one, such as `org:member`. */
  readonly exceptRole?: string;
  /**
   * Spares credentials issued later than this, in milliseconds since the epoch. Default: none is
   * spared, whenever issued.
   */
  readonly before?: number;
}

/** The members of a {@link Revocation} of which at least one must be there. */
export const REVOCATION_TARGETS = [
  'tokenId',
  'sessionId',
  'subject',
  'userId',
  'clientId',
  'organizationId',
] as const satisfies readonly (keyof Revocation)[];

/** Whether a principal is one whose access a revocation ends. Pure. */
export function revokes(revocation: Revocation, principal: Principal): boolean {
  const { exceptRole, before } = revocation;
  const named = REVOCATION_TARGETS.filter((target) => revocation[target] !== undefined);
  // What names nobody is a mistake, and must not turn everybody away.
  if (named.length === 0) return false;
  const matches = named.every((target) =>
    targetsOf(principal, target).includes(revocation[target]),
  );
  if (!matches) return false;
  const role = principal.organization?.role;
  if (exceptRole !== undefined && (role === undefined || role === exceptRole)) return false;
  // Written so that a credential that does not say when it was issued is concerned.
  return before === undefined || !((principal.issuedAt ?? -Infinity) > before);
}

/** What a principal has where a revocation names something. */
export function targetsOf(
  principal: Principal,
  target: (typeof REVOCATION_TARGETS)[number],
): readonly unknown[] {
  switch (target) {
    case 'userId':
      // Earlier actors of a delegation are a record only, RFC 8693 §4.1.
      return [principal.userId, principal.actor, principal.delegation?.[0]?.subject];
    case 'organizationId':
      return [principal.organization?.id];
    case 'tokenId':
      return [principal.claims['jti']];
    case 'sessionId':
    case 'subject':
    case 'clientId':
      return [principal[target]];
  }
}

/**
 * Tells when access ends before its time. The authentication module provides it; whoever holds
 * something open for a principal listens, and closes it.
 */
export abstract class Revocations {
  /**
   * @param listener hears of each revocation when no new request gets past it any more
   * @returns a function that ends the subscription
   */
  abstract subscribe(listener: (revocation: Revocation) => void): () => void;

  /** Whether a revocation that is in force concerns this principal. */
  abstract isRevoked(principal: Principal): boolean;
}
