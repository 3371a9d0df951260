import { Injectable } from '@nestjs/common';
import type { Principal } from '../../request/principal.js';
import {
  invalidToken,
  misconfigured,
  tokenExpired,
  unavailable,
} from '../tokens/token-refusals.js';
import { ClerkBackendError } from '../clerk.errors.js';
import { ClerkDirectory } from '../api/clerk-directory.js';
import { AccessRefusedError } from '../../access/access.errors.js';
import { PrincipalRenewal } from '../../request/authentication.js';
import { attachPrincipal, principalOf } from '../../request/request-record.js';
import { authenticationOf, credentialOf, keepCredential } from '../http/request-authentication.js';
import { TokenVerifier } from '../tokens/token-verifier.js';

/** Checks the session, the user and the organization of a principal at Clerk, without any cache. */
@Injectable()
export class LiveAccountCheck {
  constructor(private readonly directory: ClerkDirectory) {}

  /**
   * @throws {AccessRefusedError} if the session has ended, the user is deleted, banned or locked, the
   *   organization is deleted or the user has left it, or Clerk does not respond
   */
  async check(principal: Principal): Promise<void> {
    try {
      await Promise.all([
        this.checkSession(principal),
        this.checkUser(principal),
        this.checkOrganization(principal),
      ]);
    } catch (error) {
      throw error instanceof ClerkBackendError ? refusalFor(error) : error;
    }
  }

  private async checkSession({ sessionId, userId: owner }: Principal): Promise<void> {
    if (sessionId === undefined) return;
    const { status, userId } = await this.directory.getSession(sessionId);
    if (status !== 'active' || userId !== owner) throw invalidToken('The session has ended.');
  }

  private async checkUser({ userId }: Principal): Promise<void> {
    if (userId === undefined) return;
    const { banned, locked, deprovisioned } = await this.directory.getUser(userId, 'now');
    // A response without the first two members is refused.
    if (banned === false && locked === false && !deprovisioned) return;
    throw invalidToken('The user may not sign in any more.');
  }

  private async checkOrganization({ organization, userId }: Principal): Promise<void> {
    if (!organization) return;
    if (userId === undefined) {
      await this.directory.getOrganization(organization.id, 'now');
      return;
    }
    const memberships = await this.directory.getMemberships(userId, 'now');
    const membership = memberships.find((entry) => entry.organization.id === organization.id);
    if (!membership) throw invalidToken('The user is not in the organization any more.');
    // A token with an outdated role counts as expired, so that its client refreshes it.
    if ((organization.role ?? membership.role) !== membership.role) throw tokenExpired();
  }
}

function refusalFor({ code, retryAfter }: ClerkBackendError) {
  switch (code) {
    case 'CLERK_NOT_FOUND':
      return invalidToken('The subject of the access token does not exist any more.');
    case 'CLERK_MISCONFIGURED':
    case 'CLERK_SECRET_KEY_MISSING':
      return misconfigured();
    case 'CLERK_UNAVAILABLE':
      return unavailable(retryAfter);
  }
}

/**
 * Verifies the token of a request again, and checks session, user and membership at Clerk, without any
 * cache.
 */
@Injectable()
export class ClerkPrincipalRenewal extends PrincipalRenewal {
  constructor(
    private readonly tokens: TokenVerifier,
    private readonly liveAccount: LiveAccountCheck,
  ) {
    super();
  }

  override async renew(request: object): Promise<Principal | undefined> {
    const known = principalOf(request);
    if (!known) return undefined;
    try {
      const renewed = await this.verifyAgain(request, known);
      await this.liveAccount.check(renewed);
      attachPrincipal(request, renewed);
      return renewed;
    } catch (error) {
      // Later code must not see the principal of a refused caller.
      if (isAboutCaller(error)) attachPrincipal(request, undefined);
      throw error;
    }
  }

  private async verifyAgain(request: object, known: Principal): Promise<Principal> {
    const credential = authenticationOf(request)?.credential ?? credentialOf(known);
    if (!credential) {
      throw invalidToken('The access token is not available to be verified again.');
    }
    const renewed = await this.tokens.verifyNow(credential.token, credential.resource);
    keepCredential(renewed, credential);
    return renewed;
  }
}

/** Whether an error refuses the caller, and is not an outage. */
function isAboutCaller(error: unknown): boolean {
  if (!(error instanceof AccessRefusedError)) return false;
  const { reason } = error.refusal;
  return reason === 'invalid_token' || reason === 'token_expired';
}
