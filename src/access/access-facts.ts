import type { MaybePromise } from '../request/value-or-promise.js';
import type { Principal, PrincipalOrganization } from '../request/principal.js';

/** Facts for access decisions that are not in the credential. The authentication module provides them. */
export abstract class AccessFacts {
  /** The scopes that grant this scope: the scope itself, and those above it in the hierarchy. */
  abstract scopesGranting(scope: string): readonly string[];

  /**
   * The scope that a client must request so that the credential names an organization; `undefined` if
   * no scope does that. Default: `undefined`.
   */
  organizationScopeOf(_principal: Principal): string | undefined {
    return undefined;
  }

  /**
   * The scope that a client must request for an organization in its access tokens; `undefined` if no
   * scope does that. Default: `undefined`.
   */
  organizationScope(): string | undefined {
    return undefined;
  }

  /**
   * The scopes that clients are told to request at a protected resource now; `undefined` if nothing is
   * known of them. Default: `undefined`.
   *
   * @param _path of the resource
   */
  publishedScopes(_path: string): readonly string[] | undefined {
    return undefined;
  }

  /**
   * The kind of credential of OAuth access tokens, as rules and principals name it; `undefined` if they
   * are not accepted. Default: `oauth_token`.
   */
  oauthTokenType(): string | undefined {
    return 'oauth_token';
  }

  /**
   * The active organization of the principal, with its role and permissions if it has any.
   *
   * @returns `undefined` if there is none, or the user is not a member (any more)
   * @throws {AccessRefusedError} `unavailable` or `misconfigured` if the lookup fails
   */
  abstract membershipOf(principal: Principal): MaybePromise<PrincipalOrganization | undefined>;
}

/** The default without an authentication module: only the facts in the credential. */
export class CredentialFacts extends AccessFacts {
  override scopesGranting(scope: string): readonly string[] {
    return [scope];
  }

  override membershipOf({ organization }: Principal): PrincipalOrganization | undefined {
    return organization;
  }
}

/** Facts for a principal that somebody has made up: its membership is what it states. */
export class StatedFacts extends CredentialFacts {
  constructor(private readonly facts: AccessFacts) {
    super();
  }

  override scopesGranting(scope: string): readonly string[] {
    return this.facts.scopesGranting(scope);
  }

  override organizationScopeOf(principal: Principal): string | undefined {
    return this.facts.organizationScopeOf(principal);
  }
}
