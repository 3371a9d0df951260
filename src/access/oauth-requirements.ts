import type { AccessRequirement, AccessRule } from './access-rule.js';

/**
 * The requirements that an OAuth access token has to meet: of alternatives the first that it can meet,
 * of a rule by kind of credential its own. Empty for a public rule.
 *
 * @param tokenType kind of the access tokens, as rules name it
 * @returns `undefined` if no such token meets the rule
 */
export function requirementsForOAuth(
  rule: AccessRule,
  tokenType: string,
): readonly AccessRequirement[] | undefined {
  return rule.kind === 'public' ? [] : allOfThem(rule.requirements, tokenType);
}

function allOfThem(
  requirements: readonly AccessRequirement[],
  tokenType: string,
): readonly AccessRequirement[] | undefined {
  const all: AccessRequirement[] = [];
  for (const requirement of requirements) {
    const needed = expand(requirement, tokenType);
    if (!needed) return undefined;
    all.push(...needed);
  }
  return all;
}

function expand(
  requirement: AccessRequirement,
  tokenType: string,
): readonly AccessRequirement[] | undefined {
  switch (requirement.kind) {
    case 'tokens':
      return requirement.tokens.includes(tokenType) ? [] : undefined;
    case 'by_token':
      return Object.hasOwn(requirement.byToken, tokenType)
        ? allOfThem(requirement.byToken[tokenType] ?? [], tokenType)
        : undefined;
    case 'any_of':
      for (const alternative of requirement.alternatives) {
        const needed = allOfThem(alternative, tokenType);
        if (needed) return needed;
      }
      return undefined;
    // Facts of a sign-in session, which OAuth access tokens do not contain.
    case 'reverification':
    case 'feature':
    case 'plan':
      return undefined;
    default:
      return [requirement];
  }
}
