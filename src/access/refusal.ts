import type { Reverification, AccessRequirement } from './access-rule.js';

/**
 * Why a request is turned away before any tool runs. The authentication module knows how each
 * reason reads on the wire, see `RefusalResponder`.
 */
export type Refusal =
  | { readonly reason: 'unauthenticated' }
  | { readonly reason: 'token_expired' }
  | {
      readonly reason: 'invalid_token';
      /** For the caller: what is wrong, without a word of the token. */
      readonly description: string;
    }
  | { readonly reason: 'insufficient_scope'; readonly scopes: readonly string[] }
  | {
      /** The user must verify once more, and may then try again. */
      readonly reason: 'reverification';
      readonly reverification: Reverification;
    }
  | { readonly reason: 'forbidden'; readonly description: string }
  | { readonly reason: 'misconfigured' }
  | {
      readonly reason: 'too_many_requests';
      /** Seconds after which a retry makes sense. */
      readonly retryAfter: number;
    }
  | {
      readonly reason: 'unavailable';
      /** Seconds after which a retry makes sense. */
      readonly retryAfter: number;
      /** The policy that failed; absent where the authorization server does not answer. */
      readonly policy?: string;
    };

/** Why something cannot be decided at all at the moment; a policy that fails says so of its entry alone. */
export function isOutage(refusal: Refusal | undefined): refusal is Outage {
  if (refusal?.reason === 'misconfigured') return true;
  return refusal?.reason === 'unavailable' && refusal.policy === undefined;
}

/** What an outage is, for the caller. */
export function describeOutage({ policy }: Refusal & { readonly reason: 'unavailable' }): string {
  return policy === undefined
    ? 'The authorization server cannot be reached.'
    : 'A policy of this server failed.';
}

export type Outage = Refusal & { readonly reason: 'misconfigured' | 'unavailable' };

/** Whether somebody may use an entry, and if not, why. */
export type Decision =
  | { readonly allowed: true; readonly refusal?: undefined }
  | { readonly allowed: false; readonly refusal: Refusal };

/** Notes which condition a refusal comes from, for those who ask later: the innermost one. */
export function noteRequirement(refusal: Refusal, requirement: AccessRequirement): void {
  if (!REQUIREMENTS.has(refusal)) REQUIREMENTS.set(refusal, requirement);
}

/** The condition that refused; `undefined` for a refusal that comes from none. */
export function refusingRequirement(
  refusal: Refusal,
): { readonly kind: AccessRequirement['kind']; readonly policy?: string } | undefined {
  // Missing scopes of several conditions are named together.
  if (refusal.reason === 'insufficient_scope') return { kind: 'scopes' };
  const requirement = REQUIREMENTS.get(refusal);
  if (!requirement) return undefined;
  const { kind } = requirement;
  return kind === 'policy' ? { kind, policy: requirement.name } : { kind };
}

const REQUIREMENTS = new WeakMap<Refusal, AccessRequirement>();
