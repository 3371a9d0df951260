import type { AccessRequirement } from './access-requirement.js';

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
 * catalog.addTool({ name: 'purge', access: protectedBy(needs.role('org:admin')), … }, run);
 * ```
 */
export function protectedBy(...requirements: readonly AccessRequirement[]): AccessRule {
  return { kind: 'protected', requirements };
}
