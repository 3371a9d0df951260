import { Inject, Injectable } from '@nestjs/common';
import type { OrganizationMembership } from '@clerk/backend';
import { AccessFacts } from '../../access/access-facts.js';
import type { MaybePromise } from '../../request/value-or-promise.js';
import type { Principal, PrincipalOrganization } from '../../request/principal.js';
import { omitUndefined } from '../../request/json-object.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk-options.js';
import { misconfigured, unavailable } from '../tokens/token-refusals.js';
import { ClerkBackendError } from '../clerk.errors.js';
import { ClerkDirectory, type Freshness } from '../api/clerk-directory.js';

/**
 * What Clerk knows beyond the token. A session token says all of its organization; any other token
 * names it at most, and what its user is there is looked up, up to 30 seconds old.
 */
@Injectable()
export class ClerkAccessFacts extends AccessFacts {
  constructor(
    @Inject(CLERK_OPTIONS) private readonly options: ResolvedClerkOptions,
    private readonly directory: ClerkDirectory,
  ) {
    super();
  }

  override scopesGranting(scope: string): readonly string[] {
    return this.options.scopeHierarchy.get(scope) ?? [scope];
  }

  override organizationScopeOf({ tokenType }: Principal): string | undefined {
    return tokenType === 'oauth_token' ? 'user:org:read' : undefined;
  }

  override membershipOf({
    tokenType,
    userId,
    organization,
  }: Principal): MaybePromise<PrincipalOrganization | undefined> {
    if (!organization) return undefined;
    // A key of an organization is the organization: it has no role in it.
    if (tokenType === 'session_token' || userId === undefined) return organization;
    return this.lookUp(userId, organization);
  }

  private async lookUp(
    userId: string,
    organization: PrincipalOrganization,
  ): Promise<PrincipalOrganization | undefined> {
    // Who has joined a moment ago is no member yet in what is kept.
    const membership =
      (await this.findMembership(userId, organization, 'recent')) ??
      (await this.findMembership(userId, organization, 'lately'));
    if (!membership) return undefined;
    const { role, permissions } = membership;
    return omitUndefined({ ...organization, role, permissions });
  }

  private async findMembership(
    userId: string,
    { id }: PrincipalOrganization,
    freshness: Freshness,
  ): Promise<OrganizationMembership | undefined> {
    const memberships = await this.directory.getMemberships(userId, freshness).catch(toRefusal);
    return memberships.find(({ organization }) => organization.id === id);
  }
}

/** A user whom Clerk knows no more is a member of nothing. */
function toRefusal(error: unknown): readonly never[] {
  if (!(error instanceof ClerkBackendError)) throw error;
  if (error.code === 'CLERK_NOT_FOUND') return [];
  throw error.code === 'CLERK_MISCONFIGURED' ? misconfigured() : unavailable(error.retryAfter);
}
