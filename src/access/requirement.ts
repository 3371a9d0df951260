import type { Type } from '@nestjs/common';
import type { AccessPolicy, AccessPolicyFunction } from './access-policy.js';
import type { AccessRequirement, Reverification } from './access-rule.js';
import { optionProblem } from '../request/known-options.js';
import { InvalidAccessRuleError } from './access.errors.js';
import { isScopeToken } from './scopes.js';

/**
 * Creates the requirements of a rule, for `@RequireAnyOf()`, `@RequireByToken()` and `protectedBy()`. Each
 * throws {@link InvalidAccessRuleError} for a wrong argument.
 */
export const requirement = {
  /** All of these OAuth scopes. */
  scopes: (...scopes: [string, ...string[]]): AccessRequirement =>
    scopesOf('@RequireScopes', scopes, 'all'),
  /** At least one of these OAuth scopes. */
  anyScope: (...scopes: [string, ...string[]]): AccessRequirement =>
    scopesOf('@RequireAnyScope', scopes, 'any'),
  /** A role in the active organization of the credential, with or without the prefix `org:`. */
  role: (role: string): AccessRequirement => ({ kind: 'role', role: named('role', role) }),
  /** A custom permission in the active organization of the credential, such as `org:notes:write`. */
  permission: (permission: string): AccessRequirement => {
    if (/^(org:)*sys_/.test(permission)) {
      throw new InvalidAccessRuleError(
        `The permission ${JSON.stringify(permission)} is one of Clerk's system permissions, which no token carries. Require a custom permission or a role.`,
      );
    }
    return { kind: 'permission', permission: named('permission', permission) };
  },
  /** A credential with an active organization. */
  organization: (): AccessRequirement => ({ kind: 'organization' }),
  /** A feature of Clerk Billing: `pro` of either owner, or `org:pro` or `user:pro`. */
  feature: (feature: string): AccessRequirement => ({
    kind: 'feature',
    feature: entitlement('feature', feature),
  }),
  /** A plan of Clerk Billing: `team` of either owner, or `org:team` or `user:team`. */
  plan: (plan: string): AccessRequirement => ({ kind: 'plan', plan: entitlement('plan', plan) }),
  /** A user who verified recently. */
  reverification: (reverification: Reverification): AccessRequirement => {
    if (typeof reverification === 'object' && !(reverification.afterMinutes > 0)) {
      throw new InvalidAccessRuleError(
        'afterMinutes of a reverification must be a number of minutes above 0.',
      );
    }
    return { kind: 'reverification', reverification };
  },
  /** One of these kinds of credential. */
  tokens: (...tokens: [string, ...string[]]): AccessRequirement => {
    if (tokens.length === 0)
      throw new InvalidAccessRuleError('@AcceptTokens() needs at least one kind.');
    return { kind: 'tokens', tokens: [...new Set(tokens)] };
  },
  /** No impersonation; with `delegation: 'deny'` no delegation either. */
  noImpersonation: (
    options: DenyImpersonationOptions = {},
  ): AccessRequirement & { readonly kind: 'no_impersonation' } => {
    const problem = optionProblem(options, { delegation: true });
    if (problem !== undefined) throw new InvalidAccessRuleError(`@DenyImpersonation(): ${problem}`);
    const { delegation = 'allow' } = options;
    if (delegation !== 'allow' && delegation !== 'deny') {
      throw new InvalidAccessRuleError(
        `@DenyImpersonation(): delegation is ${JSON.stringify(delegation)}. Use 'allow' or 'deny'.`,
      );
    }
    return { kind: 'no_impersonation', ...(delegation === 'deny' && { delegation }) };
  },
  /** A custom policy. */
  policy: (policy: Type<AccessPolicy> | AccessPolicyFunction): AccessRequirement => {
    if (typeof policy !== 'function') {
      throw new InvalidAccessRuleError(
        `@RequirePolicy() got ${policy === undefined ? 'undefined: two files import each other. Move the policy into a file of its own' : 'no policy. Give the class of an AccessPolicy, or a function'}.`,
      );
    }
    return { kind: 'policy', name: policy.name || 'policy', policy };
  },
} as const;

/** Options of `@DenyImpersonation()`. */
export interface DenyImpersonationOptions {
  /** Whether an OAuth token with an actor chain (RFC 8693) is accepted. Default: `allow`. */
  readonly delegation?: 'allow' | 'deny';
}

function scopesOf(by: string, scopes: readonly string[], mode: 'all' | 'any'): AccessRequirement {
  if (scopes.length === 0) throw new InvalidAccessRuleError(`${by}() needs at least one scope.`);
  const malformed: unknown = scopes.find((one) => !isScopeToken(one));
  if (malformed !== undefined || scopes.includes(undefined as never)) {
    throw new InvalidAccessRuleError(
      `${by}(${JSON.stringify(malformed)}): a scope has no spaces, quotes or backslashes (RFC 6749 §3.3). Pass each scope as an argument of its own.`,
    );
  }
  return { kind: 'scopes', scopes: [...new Set(scopes)], mode };
}

function named(what: string, name: string): string {
  if (typeof name !== 'string') throw new InvalidAccessRuleError(`A required ${what} is a string.`);
  if (/^(org:)*$/.test(name.trim()))
    throw new InvalidAccessRuleError(`A required ${what} needs a name.`);
  return name;
}

function entitlement(what: string, name: string): string {
  const [whose, key, ...rest] = named(what, name).split(':');
  const isScoped = key !== undefined;
  const isKnown = !isScoped || OWNERS.has(whose ?? '');
  if (isKnown && rest.length === 0 && (key ?? whose)) return name;
  throw new InvalidAccessRuleError(
    `The ${what} ${JSON.stringify(name)} is written as a name, or as org:name or user:name.`,
  );
}

const OWNERS = new Set(['o', 'org', 'organization', 'u', 'user']);
