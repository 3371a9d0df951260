import 'reflect-metadata';

// `nestjs-clerk-mcp/access`: rules as data, and who decides on them.

export {
  AccessControl,
  type ExplainedDecision,
  type ExplainedRequirement,
} from './access-control.js';
export type { AccessPolicyResult, AccessPolicyFunction, AccessTarget } from './access-policy.js';
export {
  type AccessRequirement,
  type AccessRule,
  protectedBy,
  type Reverification,
} from './access-rule.js';
export { type AccessDecorator, accessRuleOf } from './access.decorators.js';
export {
  AccessError,
  type AccessErrorCode,
  ContradictoryAccessError,
  InvalidAccessRuleError,
  MissingPolicyError,
  UnverifiableAccessError,
} from './access.errors.js';
export type { Decision, Refusal } from './refusal.js';
export { type DenyImpersonationOptions, requirement } from './requirement.js';
