import type { AccessRequirement } from './access-requirement.js';
import type { AccessRule } from './access-rule.js';

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
      return requirement.ways.flat().flatMap(policiesOf);
    case 'by_token':
      return Object.values(requirement.byToken).flat().flatMap(policiesOf);
    default:
      return [];
  }
}
