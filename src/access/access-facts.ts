import type { MaybePromise } from '../request/value-or-promise.js';
import type { Principal, PrincipalOrganization } from '../request/principal.js';

/** What a decision must know beyond the credential. The authentication module provides it. */
export abstract class AccessFacts {
  /** The scopes any of which grants this one: itself, and those above it in a hierarchy. */
  abstract scopesGranting(scope: string): readonly string[];

  /**
   * The scope with which a credential of this kind would name an organization; `undefined` where a
   * scope has nothing to do with it. Default: none.
   */
  organizationScopeOf(_principal: Principal): string | undefined {
    return undefined;
  }

  /**
   * The organization that the principal acts in, with role and permissions as far as there are any.
   *
   * @returns `undefined` where it acts in none, or is no member (any more)
   * @throws {AccessRefusedError} `unavailable` or `misconfigured` where that cannot be found out
   */
  abstract membershipOf(principal: Principal): MaybePromise<PrincipalOrganization | undefined>;
}

/** Takes the credential at its word, where no authentication module knows more. */
export class CredentialFacts extends AccessFacts {
  override scopesGranting(scope: string): readonly string[] {
    return [scope];
  }

  override membershipOf({ organization }: Principal): PrincipalOrganization | undefined {
    return organization;
  }
}
