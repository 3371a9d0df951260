import { Injectable } from '@nestjs/common';
import type { Principal } from '../../access/principal.js';
import {
  invalidToken,
  misconfigured,
  tokenExpired,
  unavailable,
} from '../tokens/token-refusals.js';
import { ClerkBackendError } from '../user/clerk-backend.error.js';
import { ClerkDirectory } from '../user/clerk-directory.js';

/** What a credential says of its owner, held against what Clerk says of them at this moment. */
@Injectable()
export class CurrentStanding {
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
    const { status, userId } = await this.directory.findSession(sessionId);
    if (status !== 'active' || userId !== owner) throw invalidToken('The session has ended.');
  }

  private async checkUser({ userId }: Principal): Promise<void> {
    if (userId === undefined) return;
    const { banned, locked, deprovisioned } = await this.directory.findUser(userId, 'now');
    // Written so that an answer without the first two lets nobody in.
    if (banned === false && locked === false && !deprovisioned) return;
    throw invalidToken('The user may not sign in any more.');
  }

  private async checkOrganization({ organization, userId }: Principal): Promise<void> {
    if (!organization) return;
    if (userId === undefined) {
      await this.directory.findOrganization(organization.id, 'now');
      return;
    }
    const memberships = await this.directory.findMemberships(userId, 'now');
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
