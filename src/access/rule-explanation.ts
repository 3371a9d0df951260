import type { RefusalAnswer } from './refusal-responder.js';
import type { Refusal } from './refusal.js';

/** Why a caller may or may not use what a rule protects. It contains no part of the token. */
export interface RuleExplanation {
  readonly allowed: boolean;
  /** Each condition of the rule, and whether it holds. */
  readonly conditions: readonly ExplainedCondition[];
  readonly refusal?: ExplainedRefusal;
}

/** One condition of a rule, for people. */
export interface ExplainedCondition {
  readonly condition: string;
  readonly holds: boolean;
  /** Why it does not hold. */
  readonly reason?: string;
}

/** A refusal, for people. */
export interface ExplainedRefusal {
  readonly reason: Refusal['reason'];
  readonly message: string;
  /** What to do. */
  readonly cure: string;
  /** Scopes that the caller could still be granted. */
  readonly scopes?: readonly string[];
  /** The HTTP response; none if the result of the call tells the client. */
  readonly answer?: Pick<RefusalAnswer, 'status' | 'headers'>;
}
