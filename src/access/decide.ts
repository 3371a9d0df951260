import type { AccessRule } from './access-rule.js';
import type { Principal } from './principal.js';

/** What {@link decide} found. Only `allow` lets a call through. */
export type Decision =
  | { readonly outcome: 'allow' }
  | { readonly outcome: 'unauthenticated' }
  | {
      readonly outcome: 'insufficient_scope';
      /** Every scope of the operation, so that one step-up is enough. */
      readonly scopes: readonly string[];
    }
  | { readonly outcome: 'forbidden'; readonly reason: string };

/**
 * Whether a principal may use an entry. Pure: the same arguments give the same decision.
 *
 * @param principal `undefined` for an anonymous caller
 * @param now milliseconds since the epoch; a principal past its expiry counts as anonymous
 */
export function decide(
  rule: AccessRule,
  principal: Principal | undefined,
  now: number = Date.now(),
): Decision {
  if (rule.kind === 'public') return ALLOW;
  // Written so that an expiry that is no number lets nobody in.
  if (!principal || !(principal.expiresAt > now)) return UNAUTHENTICATED;
  if (rule.scopes.length === 0) return ALLOW;

  const { scopes: granted } = principal;
  if (!granted) {
    return {
      outcome: 'forbidden',
      reason: `A ${principal.tokenType} carries no OAuth scopes, and this needs: ${rule.scopes.join(', ')}.`,
    };
  }
  if (rule.scopes.every((scope) => granted.includes(scope))) return ALLOW;
  return { outcome: 'insufficient_scope', scopes: rule.scopes };
}

const ALLOW: Decision = { outcome: 'allow' };
const UNAUTHENTICATED: Decision = { outcome: 'unauthenticated' };
