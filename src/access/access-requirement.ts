import type { Type } from '@nestjs/common';
import type { AccessPolicy, AccessPolicyFunction, AccessTarget } from './access-policy.js';

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
  | { readonly kind: 'any_of'; readonly ways: readonly (readonly AccessRequirement[])[] }
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
