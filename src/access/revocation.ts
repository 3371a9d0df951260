import type { Principal } from '../request/principal.js';

/**
 * Which access is revoked, as data. All given targets must match: a user and an organization together
 * are one membership, a user and a client are one OAuth grant.
 */
export interface Revocation {
  /** The user of the credential, or its current actor. */
  readonly userId?: string;
  /** The sign-in session. */
  readonly sessionId?: string;
  /** The active organization of the credential. */
  readonly organizationId?: string;
  /** The OAuth client that the credential was issued to. */
  readonly clientId?: string;
  /** The subject of the credential (`sub`), such as a machine. */
  readonly subject?: string;
  /** The credential itself (`jti`). */
  readonly tokenId?: string;
  /** Credentials without a role, or with this role, such as `org:member`, stay valid. */
  readonly exceptRole?: string;
  /**
   * Credentials issued after this time stay valid, in milliseconds since the epoch. Default: all are
   * revoked.
   */
  readonly before?: number;
}

/** The members of a {@link Revocation} of which at least one is required. */
export const REVOCATION_TARGETS = [
  'tokenId',
  'sessionId',
  'subject',
  'userId',
  'clientId',
  'organizationId',
] as const satisfies readonly (keyof Revocation)[];

/** Whether a revocation ends the access of a principal. */
export function revokes(revocation: Revocation, principal: Principal): boolean {
  const { exceptRole, before } = revocation;
  const named = REVOCATION_TARGETS.filter((target) => revocation[target] !== undefined);
  // A revocation without a target is a mistake, and must not revoke everyone.
  if (named.length === 0) return false;
  const matches = named.every((target) =>
    targetsOf(principal, target).includes(revocation[target]),
  );
  if (!matches) return false;
  const role = principal.organization?.role;
  if (exceptRole !== undefined && (role === undefined || role === exceptRole)) return false;
  // A credential without a time of issue is revoked.
  return before === undefined || !((principal.issuedAt ?? -Infinity) > before);
}

/** The values of a principal that are compared with a target of a revocation. */
export function targetsOf(
  principal: Principal,
  target: (typeof REVOCATION_TARGETS)[number],
): readonly unknown[] {
  switch (target) {
    case 'userId':
      // RFC 8693 §4.1: only the current actor counts.
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
 * Publishes revocations. The authentication module provides it. Code that keeps something open for a
 * principal subscribes, and closes it.
 */
export abstract class Revocations {
  /**
   * @param listener is called with each revocation, after it is in force for new requests
   * @returns a function that ends the subscription
   */
  abstract subscribe(listener: (revocation: Revocation) => void): () => void;

  /** Whether a revocation in force ends the access of this principal. */
  abstract isRevoked(principal: Principal): boolean;
}
