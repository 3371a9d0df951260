import { Inject, Injectable } from '@nestjs/common';
import type { AccessRule } from '../access/access-rule.js';
import { ResourceRules } from '../access/resource-rules.js';
import { scopesNeeded } from '../access/scopes.js';
import { DEFAULT_SCOPES, resourceAt } from './protected-resources.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from './resolved-clerk-options.js';

/** Clerk puts the organization into the OAuth access tokens that this scope was granted to. */
export const ORGANIZATION_SCOPE = 'user:org:read';

/**
 * The scopes that clients are told to request at each protected resource: configured ones, or with
 * `scopes: 'catalog'` the default ones and those that the access rules of the resource need now.
 */
@Injectable()
export class PublishedScopes {
  private readonly derived = new WeakMap<readonly AccessRule[], readonly string[]>();

  constructor(
    @Inject(CLERK_OPTIONS) private readonly options: ResolvedClerkOptions,
    private readonly rules: ResourceRules,
  ) {}

  /**
   * The scopes of one resource: the same array as before if they have not changed.
   *
   * @param path of the resource. Default: the primary one
   */
  at(path: string = this.primaryPath): readonly string[] {
    const { scopes } = resourceAt(this.options.resources, path);
    return scopes === 'catalog' ? this.derivedFrom(this.rules.at(path)) : scopes;
  }

  /** Path of the primary resource, which routes without `@ResourcePath()` belong to. */
  get primaryPath(): string {
    const [path = ''] = this.options.resources.keys();
    return path;
  }

  private derivedFrom(rules: readonly AccessRule[]): readonly string[] {
    const known = this.derived.get(rules);
    if (known) return known;
    const facts = { tokenType: 'oauth_token', organizationScope: ORGANIZATION_SCOPE };
    const scopes = [...new Set([...DEFAULT_SCOPES, ...scopesNeeded(rules, facts)])];
    this.derived.set(rules, scopes);
    return scopes;
  }
}
