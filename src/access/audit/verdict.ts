import type { Decision } from '../decision.js';
import { refusingRequirement } from '../refusing-requirement.js';
import type { AuditDecisionEvent } from './audit-event.js';

type Verdict = Pick<AuditDecisionEvent, 'decision' | 'reason' | 'requirement' | 'policy'>;

/** A decision in the words of an event. */
export function verdictOf(decision: Decision | 'unknown'): Verdict {
  if (decision === 'unknown') return { decision: 'refused', reason: 'unknown' };
  const { refusal } = decision;
  if (!refusal) return { decision: 'allowed' };
  const requirement = refusingRequirement(refusal);
  return {
    decision: 'refused',
    reason: refusal.reason,
    ...(requirement && { requirement: requirement.kind }),
    ...(requirement?.policy !== undefined && { policy: requirement.policy }),
  };
}
