import type { AccessRequirement } from './access-requirement.js';
import type { AccessRule } from './access-rule.js';

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
