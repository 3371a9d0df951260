import type { Principal } from '../request/principal.js';
import type { AccessControl, ExplainedDecision } from './access-control.js';
import type { AccessRule } from './access-rule.js';
import { describeRefusal } from './describe-refusal.js';
import { describeRequirement } from './describe-requirement.js';
import type { RefusalResponder } from './refusal-responder.js';
import type { Refusal } from './refusal.js';
import type { ExplainedCondition, ExplainedRefusal, RuleExplanation } from './rule-explanation.js';

/** What an explanation is made with. */
export interface ExplainingParts {
  readonly control: AccessControl;
  readonly responder: RefusalResponder;
  /** Path of the protected resource. */
  readonly path: string;
  /** Host that the request names. Default: the own name of the resource. */
  readonly host?: string | undefined;
}

/**
 * Explains the decision that guards calls, for one caller.
 *
 * @param principal `undefined` for an anonymous caller
 * @param isStated whether somebody made the principal up: Clerk does not know it, so that it has the role
 *   and the permissions that it states
 */
export async function explainRule(
  parts: ExplainingParts,
  rule: AccessRule,
  principal: Principal | undefined,
  isStated = false,
): Promise<RuleExplanation> {
  const { control } = parts;
  const { decision, requirements } =
    isStated && principal
      ? await control.explainStated(rule, principal)
      : await control.explain(rule, principal);
  return {
    allowed: decision.allowed,
    conditions: requirements.map(explainCondition),
    ...(decision.refusal && { refusal: explainRefusal(parts, decision.refusal) }),
  };
}

/** Describes a refusal, with the HTTP response of the resource if there is one. */
export function explainRefusal(
  { responder, path, host }: ExplainingParts,
  refusal: Refusal,
): ExplainedRefusal {
  const [message, cure] = describeRefusal(refusal);
  const about = { reason: refusal.reason, message, cure, ...missingScopes(refusal) };
  // The result of the call carries these, because no other token of the caller resolves them.
  if (refusal.reason === 'forbidden' || refusal.reason === 'reverification') return about;
  const { status, headers } = responder.answer(refusal, path, host);
  return { ...about, answer: { status, headers } };
}

function missingScopes(refusal: Refusal): Pick<ExplainedRefusal, 'scopes'> {
  if (refusal.reason !== 'insufficient_scope') return {};
  const { scopes, granted = [] } = refusal;
  return { scopes: scopes.filter((scope) => !granted.includes(scope)) };
}

/** Describes a rule in one line. */
export function describeRule(rule: AccessRule): string {
  if (rule.kind === 'public') return 'public';
  const conditions = rule.requirements.map(describeRequirement);
  const always = rule.verifyAlways ? ', verified again for each call' : '';
  return `any signed-in caller${always}${conditions.map((one) => `, with ${one}`).join('')}`;
}

function explainCondition({
  requirement,
  refusal,
}: ExplainedDecision['requirements'][number]): ExplainedCondition {
  const condition = describeRequirement(requirement);
  if (!refusal) return { condition, holds: true };
  return { condition, holds: false, reason: describeRefusal(refusal)[0] };
}
