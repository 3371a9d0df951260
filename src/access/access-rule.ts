import type { Type } from '@nestjs/common';
import type { AccessPolicy, AccessPolicyFunction, AccessTarget } from './access-policy.js';

/** Who may use an entry, as data. Lists, calls, documentation and challenges use the same rule. */
export type AccessRule =
  | { readonly kind: 'public' }
  | {
      readonly kind: 'protected';
      /** All of them must be met. Without any, an authenticated principal is enough. */
      readonly requirements: readonly AccessRequirement[];
      /** Whether the credential is verified again for each call, without any cache. */
      readonly verifyAlways?: true;
    };

/** The rule of an entry with `@Public()`. */
export const PUBLIC: AccessRule = { kind: 'public' };

/** The default rule: an authenticated principal is required. */
export const AUTHENTICATED: AccessRule = { kind: 'protected', requirements: [] };

/**
 * Creates a rule for entries that are added at run time, such as `McpCatalog.addTool()`.
 *
 * @example
 * ```ts
 * catalog.addTool({ name: 'purge', access: protectedBy(requirement.role('org:admin')), … }, run);
 * ```
 */
export function protectedBy(...requirements: readonly AccessRequirement[]): AccessRule {
  return { kind: 'protected', requirements };
}

/** One requirement of a rule, as data. `requirement` creates them. */
export type AccessRequirement =
  | {
      readonly kind: 'scopes';
      readonly scopes: readonly string[];
      readonly mode: 'all' | 'any';
    }
  | { readonly kind: 'role'; readonly role: string }
  | { readonly kind: 'permission'; readonly permission: string }
  | { readonly kind: 'organization' }
  | { readonly kind: 'feature'; readonly feature: string }
  | { readonly kind: 'plan'; readonly plan: string }
  | { readonly kind: 'reverification'; readonly reverification: Reverification }
  | { readonly kind: 'tokens'; readonly tokens: readonly string[] }
  | {
      readonly kind: 'no_impersonation';
      /** `deny`: delegated credentials are refused, too. Default: they are accepted. */
      readonly delegation?: 'deny';
    }
  | {
      readonly kind: 'policy';
      /** Shown in messages, audit events and contracts. */
      readonly name: string;
      readonly policy: Type<AccessPolicy> | AccessPolicyFunction;
      /** The protected handler; set when the rule is registered. */
      readonly target?: AccessTarget;
    }
  | { readonly kind: 'any_of'; readonly alternatives: readonly (readonly AccessRequirement[])[] }
  | {
      readonly kind: 'by_token';
      /** By kind of credential. A kind that is not listed is refused. */
      readonly byToken: Readonly<Record<string, readonly AccessRequirement[]>>;
    };

/**
 * How recently a user must have verified, as Clerk names it: `lax` within a day, `moderate` within an
 * hour, `strict` within ten minutes by a second factor, `strict_mfa` within ten minutes by both factors.
 */
export type Reverification =
  | 'strict_mfa'
  | 'strict'
  | 'moderate'
  | 'lax'
  | {
      readonly level: 'first_factor' | 'second_factor' | 'multi_factor';
      /** Minutes; above 0. */
      readonly afterMinutes: number;
    };

/**
 * Combines two protected rules: both must be met. Requirements for all of several scopes are merged, so
 * that a challenge lists the scopes together.
 *
 * @param above the rule of the decorator that stands above the other
 */
export function mergeRules(
  above: AccessRule & { kind: 'protected' },
  below: AccessRule & { kind: 'protected' },
): AccessRule {
  return {
    kind: 'protected',
    requirements: joined([...above.requirements, ...below.requirements]),
    ...((above.verifyAlways || below.verifyAlways) && { verifyAlways: true }),
  };
}

function joined(requirements: readonly AccessRequirement[]): readonly AccessRequirement[] {
  const scopes = requirements.flatMap((one) => (isAllScopes(one) ? one.scopes : []));
  const first = requirements.findIndex(isAllScopes);
  return requirements.flatMap((requirement, index): readonly AccessRequirement[] => {
    if (!isAllScopes(requirement)) return [requirement];
    return index === first ? [{ ...requirement, scopes: [...new Set(scopes)] }] : [];
  });
}

function isAllScopes(
  requirement: AccessRequirement,
): requirement is AccessRequirement & { kind: 'scopes' } {
  return requirement.kind === 'scopes' && requirement.mode === 'all';
}

/** All policies of a rule, including nested ones. */
export function policiesIn(rule: AccessRule): readonly (AccessRequirement & { kind: 'policy' })[] {
  return requirementsIn(rule).filter((requirement) => requirement.kind === 'policy');
}

/**
 * All requirements of a rule, those of alternatives and of token types in place of what contains them.
 *
 * @param tokenType leaves out what never applies to this kind of credential. Default: every kind
 */
export function requirementsIn(rule: AccessRule, tokenType?: string): readonly AccessRequirement[] {
  return rule.kind === 'public' ? [] : flattened(rule.requirements, tokenType);
}

function flattened(
  requirements: readonly AccessRequirement[],
  tokenType: string | undefined,
): readonly AccessRequirement[] {
  const isRefused =
    tokenType !== undefined &&
    requirements.some((one) => one.kind === 'tokens' && !one.tokens.includes(tokenType));
  if (isRefused) return [];
  return requirements.flatMap((requirement) => {
    switch (requirement.kind) {
      case 'any_of':
        return requirement.alternatives.flatMap((one) => flattened(one, tokenType));
      case 'by_token':
        return Object.entries(requirement.byToken).flatMap(([kind, one]) =>
          tokenType === undefined || kind === tokenType ? flattened(one, tokenType) : [],
        );
      default:
        return [requirement];
    }
  });
}
