import type { AccessRequirement } from './access-requirement.js';
import type { Refusal } from './refusal.js';

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
