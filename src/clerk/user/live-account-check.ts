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
import { attachPrincipal, carrierOf, principalOf } from '../../request/request-principal.js';
import { RequestCredentials } from '../http/request-credentials.js';
import { TokenVerifier } from '../tokens/token-verifier.js';

/** What a credential says of its owner, held against what Clerk says of them at this moment. */
@Injectable()
export class LiveAccountCheck {
  constructor(private readonly directory: ClerkDirectory) {}

  /**
   * @throws {AccessRefusedError} when the session is over, the user is gone, banned or locked, the
   *   organization is gone or the user no longer in it, or Clerk does not answer
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
    // Written so that an answer without the first two lets nobody in.
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
    // A token that names another role is out of date; its client gets a new one, as at its expiry.
    if ((organization.role ?? membership.role) !== membership.role) throw tokenExpired();
  }
}

function refusalFor({ code, retryAfter }: ClerkBackendError) {
  switch (code) {
    case 'CLERK_NOT_FOUND':
      return invalidToken('The access token speaks for somebody who is not there any more.');
    case 'CLERK_MISCONFIGURED':
      return misconfigured();
    case 'CLERK_UNAVAILABLE':
      return unavailable(retryAfter);
  }
}

/**
 * Asks Clerk about the caller now: the token again, and whatever a token cannot know, which is the
 * session, the user and the membership.
 */
@Injectable()
export class ClerkPrincipalRenewal extends PrincipalRenewal {
  constructor(
    private readonly credentials: RequestCredentials,
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
      // Nobody who looks at the request later takes a refused caller for a good one.
      if (isAboutCaller(error)) attachPrincipal(request, undefined);
      throw error;
    }
  }

  private async verifyAgain(request: object, known: Principal): Promise<Principal> {
    const credential = this.credentials.of(carrierOf(request)) ?? this.credentials.of(known);
    if (!credential) {
      throw invalidToken('The access token is not at hand to be verified again.');
    }
    const renewed = await this.tokens.verifyNow(credential.token, credential.resource);
    this.credentials.keep(renewed, credential);
    return renewed;
  }
}

/** Refusals that say something about the caller, not about our means to ask. */
function isAboutCaller(error: unknown): boolean {
  if (!(error instanceof AccessRefusedError)) return false;
  const { reason } = error.refusal;
  return reason === 'invalid_token' || reason === 'token_expired';
}
