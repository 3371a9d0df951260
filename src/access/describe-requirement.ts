import type { AccessRequirement, Reverification } from './access-rule.js';

/** Describes one requirement of an access rule. */
export function describeRequirement(requirement: AccessRequirement): string {
  switch (requirement.kind) {
    case 'scopes': {
      const { scopes, mode } = requirement;
      if (scopes.length === 1) return `the scope ${scopes.join()}`;
      return `${mode === 'all' ? 'the scopes' : 'one of the scopes'} ${scopes.join(', ')}`;
    }
    case 'role':
      return `the role ${requirement.role}`;
    case 'permission':
      return `the permission ${requirement.permission}`;
    case 'organization':
      return 'an organization';
    case 'feature':
      return `the feature ${requirement.feature}`;
    case 'plan':
      return `the plan ${requirement.plan}`;
    case 'reverification':
      return `a recent verification (${describeLevel(requirement.reverification)})`;
    case 'tokens':
      return `a credential of the kind ${requirement.tokens.join(' or ')}`;
    case 'no_impersonation':
      return requirement.delegation === 'deny'
        ? 'no impersonation or delegation'
        : 'no impersonation of the user';
    case 'policy':
      return `the policy ${requirement.name}`;
    case 'any_of':
      return `one of: ${requirement.alternatives.map(allOf).join('; or ')}`;
    case 'by_token':
      return `by kind of credential: ${Object.entries(requirement.byToken)
        .map(([kind, needed]) => `${kind}: ${allOf(needed)}`)
        .join('; ')}`;
  }
}

function allOf(requirements: readonly AccessRequirement[]): string {
  return requirements.map(describeRequirement).join(' and ') || 'nothing more';
}

function describeLevel(reverification: Reverification): string {
  if (typeof reverification === 'string') return reverification;
  return `${reverification.level}, ${reverification.afterMinutes} minutes`;
}
