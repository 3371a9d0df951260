import type { AccessRequirement, AccessRule } from '../../access/access-rule.js';

/** Writes a rule for reviewers: `public`, `authenticated`, or `{ needs }` with its requirements. */
export function readableRule(rule: AccessRule): unknown {
  if (rule.kind === 'public') return 'public';
  const { requirements, verifyAlways } = rule;
  if (requirements.length === 0 && !verifyAlways) return 'authenticated';
  return { needs: requirements.map(readable), ...(verifyAlways && { verifyAlways }) };
}

function readable(requirement: AccessRequirement): unknown {
  switch (requirement.kind) {
    case 'scopes': {
      const { mode, scopes } = requirement;
      return mode === 'all' ? { scopes } : { anyScope: scopes };
    }
    case 'policy':
      return { policy: requirement.name };
    case 'any_of':
      return { anyOf: requirement.alternatives.map((alternative) => alternative.map(readable)) };
    case 'by_token': {
      const entries = Object.entries(requirement.byToken);
      return {
        byToken: Object.fromEntries(
          entries.map(([kind, requirements]) => [kind, requirements.map(readable)]),
        ),
      };
    }
    case 'organization':
      return 'organization';
    case 'no_impersonation':
      return requirement.delegation === 'deny'
        ? { noImpersonation: { delegation: 'deny' } }
        : 'noImpersonation';
    case 'role':
    case 'permission':
    case 'feature':
    case 'plan':
    case 'reverification':
    case 'tokens': {
      const { kind: _kind, ...members } = requirement;
      return members;
    }
  }
}
