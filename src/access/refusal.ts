import type { Reverification, AccessRequirement } from './access-rule.js';

/**
 * Why a request was refused before a handler runs. `RefusalResponder` turns it into an HTTP response.
 */
export type Refusal =
  | { readonly reason: 'unauthenticated' }
  | { readonly reason: 'token_expired' }
  | {
      readonly reason: 'invalid_token';
      /** What is wrong, for the caller. It contains no part of the token. */
      readonly description: string;
    }
  | {
      readonly reason: 'insufficient_scope';
      /** All scopes that the operation needs. */
      readonly scopes: readonly string[];
      /** The scopes of the credential; absent if they are unknown. */
      readonly granted?: readonly string[];
      /**
       * Whether the client requests `scopes` in addition to those that it has, as clients do since
       * 2026-07-28. Default: it requests exactly what the challenge names.
       */
      readonly clientAddsUp?: boolean;
    }
  | {
      /** The user must verify again, and may then retry. */
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
      /** The policy that failed; absent if the authorization server does not respond. */
      readonly policy?: string;
    };

/** Whether no access can be decided at the moment. The failure of a policy affects only its own entry. */
export function isOutage(refusal: Refusal | undefined): refusal is Outage {
  if (refusal?.reason === 'misconfigured') return true;
  return refusal?.reason === 'unavailable' && refusal.policy === undefined;
}

/** Describes an outage for the caller. */
export function describeOutage({ policy }: Refusal & { readonly reason: 'unavailable' }): string {
  return policy === undefined
    ? 'The authorization server cannot be reached.'
    : 'Whether you may use this could not be decided: a policy of this server failed.';
}

type Outage = Refusal & { readonly reason: 'misconfigured' | 'unavailable' };

/** Whether a caller may use an entry, and if not, why. */
export type Decision =
  | { readonly allowed: true; readonly refusal?: undefined }
  | { readonly allowed: false; readonly refusal: Refusal };

/** Stores the requirement that caused a refusal, unless the refusal tells. The innermost one is kept. */
export function noteRequirement(refusal: Refusal, requirement: AccessRequirement): void {
  if (refusal.reason === 'insufficient_scope') return;
  if (!REQUIREMENTS.has(refusal)) REQUIREMENTS.set(refusal, requirement);
}

/** The requirement that caused a refusal, if a requirement did. */
export function refusingRequirement(
  refusal: Refusal,
): { readonly kind: AccessRequirement['kind']; readonly policy?: string } | undefined {
  // Missing scopes of several requirements are merged into one refusal.
  if (refusal.reason === 'insufficient_scope') return { kind: 'scopes' };
  const requirement = REQUIREMENTS.get(refusal);
  if (!requirement) return undefined;
  const { kind } = requirement;
  return kind === 'policy' ? { kind, policy: requirement.name } : { kind };
}

const REQUIREMENTS = new WeakMap<Refusal, AccessRequirement>();
