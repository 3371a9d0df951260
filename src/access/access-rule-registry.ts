import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { AccessControl } from './access-control.js';
import type { AccessTarget } from './access-policy.js';
import { type AccessRequirement, type AccessRule, policiesIn } from './access-rule.js';

/**
 * The rules in force. Equal rules are one object, so that a list of a thousand entries under three
 * rules takes three decisions.
 */
@Injectable()
export class AccessRuleRegistry {
  private readonly rules = new LRUCache<string, AccessRule>({ max: MAX_RULES });

  constructor(private readonly control: AccessControl) {}

  /**
   * Takes up the rule of a handler, which its policies are told of.
   *
   * @param source of the rule, such as `NotesService.purge`
   * @throws {MissingPolicyError} a policy of the rule cannot be asked
   */
  register(rule: AccessRule, target: AccessTarget, source: string): AccessRule {
    this.control.assertDecidable(rule, source);
    // A policy is told of its handler, so that no two such rules are equal.
    if (policiesIn(rule).length > 0) return bind(rule, target);
    const key = JSON.stringify(rule);
    const known = this.rules.get(key);
    if (known) return known;
    this.rules.set(key, rule);
    return rule;
  }
}

/** Entries come and go at run time, with rules that nobody has seen before. */
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
