import { Inject, Injectable } from '@nestjs/common';
import type { OrganizationMembership } from '@clerk/backend';
import { AccessFacts } from '../../access/access-facts.js';
import type { MaybePromise } from '../../request/value-or-promise.js';
import type { Principal, PrincipalOrganization } from '../../request/principal.js';
import { omitUndefined } from '../../request/json-object.js';
import { ORGANIZATION_SCOPE, PublishedScopes } from '../published-scopes.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk-options.js';
import { misconfigured, unavailable } from '../tokens/token-refusals.js';
import { ClerkBackendError } from '../clerk.errors.js';
import { ClerkDirectory, type Freshness } from '../api/clerk-directory.js';

/**
 * Access facts from Clerk. A session token contains the role and the permissions of its organization; for
 * other tokens the membership is looked up, up to 30 seconds old.
 */
@Injectable()
export class ClerkAccessFacts extends AccessFacts {
  constructor(
    @Inject(CLERK_OPTIONS) private readonly options: ResolvedClerkOptions,
    private readonly directory: ClerkDirectory,
    private readonly scopes: PublishedScopes,
  ) {
    super();
  }

  override scopesGranting(scope: string): readonly string[] {
    return this.options.scopeHierarchy.get(scope) ?? [scope];
  }

  override oauthTokenType(): string | undefined {
    return this.options.acceptedTokens.has('oauth_token') ? 'oauth_token' : undefined;
  }

  override organizationScopeOf({ tokenType }: Principal): string | undefined {
    return tokenType === 'oauth_token' ? ORGANIZATION_SCOPE : undefined;
  }

  override organizationScope(): string | undefined {
    return this.options.acceptedTokens.has('oauth_token') ? ORGANIZATION_SCOPE : undefined;
  }

  override publishedScopes(path: string): readonly string[] | undefined {
    return this.options.resources.has(path) ? this.scopes.at(path) : undefined;
  }

  override membershipOf({
    tokenType,
    userId,
    organization,
  }: Principal): MaybePromise<PrincipalOrganization | undefined> {
    if (!organization) return undefined;
    // An API key of an organization has no user, so it has no role.
    if (tokenType === 'session_token' || userId === undefined) return organization;
    return this.lookUp(userId, organization);
  }

  private async lookUp(
    userId: string,
    organization: PrincipalOrganization,
  ): Promise<PrincipalOrganization | undefined> {
    // The cached list may be older than a new membership.
    const membership =
      (await this.findMembership(userId, organization, 'cached')) ??
      (await this.findMembership(userId, organization, 'recent'));
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

/** A user that Clerk does not know any more has no memberships. */
function toRefusal(error: unknown): readonly never[] {
  if (!(error instanceof ClerkBackendError)) throw error;
  if (error.code === 'CLERK_NOT_FOUND') return [];
  throw error.code === 'CLERK_UNAVAILABLE' ? unavailable(error.retryAfter) : misconfigured();
}
