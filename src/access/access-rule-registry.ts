import { Injectable } from '@nestjs/common';
import { recentEntries } from '../request/recent-entries.js';
import { AccessControl } from './access-control.js';
import type { AccessTarget } from './access-policy.js';
import { type AccessRequirement, type AccessRule, policiesIn } from './access-rule.js';

/**
 * The rules of all handlers. Equal rules are the same object, so that a list of a thousand entries with
 * three different rules takes three decisions.
 */
@Injectable()
export class AccessRuleRegistry {
  private readonly rules = recentEntries<AccessRule>(MAX_RULES);
  /** Those of the rules that have no policy, by themselves. */
  private readonly shared = new WeakSet<AccessRule>();

  constructor(private readonly control: AccessControl) {}

  /**
   * Registers the rule of a handler, and passes the handler to the policies of the rule.
   *
   * @param source of the rule, such as `NotesService.purge`
   * @returns the shared object for this rule
   * @throws {MissingPolicyError} a policy of the rule is not a singleton provider
   */
  register(rule: AccessRule, target: AccessTarget, source: string): AccessRule {
    // Most handlers have the same few objects, such as the rule of their class.
    if (this.shared.has(rule)) return rule;
    this.control.assertDecidable(rule, source);
    // Rules with a policy contain their handler, so no two of them are equal.
    if (policiesIn(rule).length > 0) return bind(rule, target);
    const key = JSON.stringify(rule);
    const known = this.rules.get(key);
    if (known) return known;
    this.rules.set(key, rule);
    this.shared.add(rule);
    return rule;
  }
}

/** Entries can be added at run time, with new rules each time. */
const MAX_RULES = 10_000;

function bind(rule: AccessRule, target: AccessTarget): AccessRule {
  if (rule.kind === 'public') return rule;
  return { ...rule, requirements: rule.requirements.map((one) => bindRequirement(one, target)) };
}

function bindRequirement(requirement: AccessRequirement, target: AccessTarget): AccessRequirement {
  switch (requirement.kind) {
    case 'policy':
      return { ...requirement, target };
    case 'any_of':
      return {
        ...requirement,
        alternatives: requirement.alternatives.map((alternative) =>
          alternative.map((one) => bindRequirement(one, target)),
        ),
      };
    case 'by_token':
      return {
        ...requirement,
        byToken: Object.fromEntries(
          Object.entries(requirement.byToken).map(([kind, requirements]) => [
            kind,
            requirements.map((one) => bindRequirement(one, target)),
          ]),
        ),
      };
    default:
      return requirement;
  }
}
