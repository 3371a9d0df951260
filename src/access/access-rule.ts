import type { Type } from '@nestjs/common';
import type { AccessPolicy, AccessPolicyFunction, AccessTarget } from './access-policy.js';

/** Who may use an entry, as data: the list, the call, the docs and the challenge read the same rule. */
export type AccessRule =
  | { readonly kind: 'public' }
  | {
      readonly kind: 'protected';
      /** All of them must hold, for a verified principal. */
      readonly requirements: readonly AccessRequirement[];
      /** Whether the credential is verified anew for each call, past every cache. */
      readonly verifyAlways?: true;
    };

/** The rule of an entry that says `@Public()`. */
export const PUBLIC: AccessRule = { kind: 'public' };

/** The rule of an entry that says nothing: default deny. */
export const AUTHENTICATED: AccessRule = { kind: 'protected', requirements: [] };

/**
 * A rule for `McpCatalog.addTool()` and its like.
 *
 * @example
 * ```ts
 * catalog.addTool({ name: 'purge', access: protectedBy(requirement.role('org:admin')), … }, run);
 * ```
 */
export function protectedBy(...requirements: readonly AccessRequirement[]): AccessRule {
  return { kind: 'protected', requirements };
}

/** One condition of a rule, as data. `needs` builds them. */
export type AccessRequirement =
  | {
      readonly kind: 'scopes';
      /** OAuth scopes of the operation. */
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
      /** Whether an actor by delegation is let in. Default: no. */
      readonly delegation?: 'allow';
    }
  | {
      readonly kind: 'policy';
      /** For messages, audit and contracts. */
      readonly name: string;
      readonly policy: Type<AccessPolicy> | AccessPolicyFunction;
      /** What is asked for; bound when the entry is compiled. */
      readonly target?: AccessTarget;
    }
  | { readonly kind: 'any_of'; readonly alternatives: readonly (readonly AccessRequirement[])[] }
  | {
      readonly kind: 'by_token';
      /** A kind of credential that is not named is refused. */
      readonly byToken: Readonly<Record<string, readonly AccessRequirement[]>>;
    };

/**
 * How lately a user must have verified, in the words of Clerk: `lax` is once a day, `moderate` once an
 * hour, `strict` every ten minutes by a second factor, `strict_mfa` by both factors.
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
 * Adds one protected rule to another: both must hold. Scopes that are all needed become one list, so
 * that a challenge names them together.
 *
 * @param above in the order of reading
 */
export function mergeRules(
  above: AccessRule & { kind: 'protected' },
  below: AccessRule & { kind: 'protected' },
): AccessRule {
  return {
    kind: 'protected',
    requirements: joined([...above.requirements, ...below.requirements]),
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

/** Every policy that a rule asks, however deep it lies. */
export function policiesIn(rule: AccessRule): readonly (AccessRequirement & { kind: 'policy' })[] {
  return rule.kind === 'public' ? [] : rule.requirements.flatMap(policiesOf);
}

function policiesOf(
  requirement: AccessRequirement,
): readonly (AccessRequirement & { kind: 'policy' })[] {
  switch (requirement.kind) {
    case 'policy':
      return [requirement];
    case 'any_of':
      return requirement.alternatives.flat().flatMap(policiesOf);
    case 'by_token':
      return Object.values(requirement.byToken).flat().flatMap(policiesOf);
    default:
      return [];
  }
}
