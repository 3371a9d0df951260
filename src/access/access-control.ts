import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { AccessFacts, CredentialFacts } from './access-facts.js';
import { AccessPolicies } from './access-policies.js';
import { type AccessRequirement, type AccessRule, policiesIn } from './access-rule.js';
import { CallScope, PrincipalRenewal } from '../request/authentication.js';
import type { Decision, Refusal } from './refusal.js';
import { evaluate, evaluateAll, type EvaluationContext } from './evaluate.js';
import { resolveOptional } from '../request/resolve-optional.js';
import { allOf, andThen, type MaybePromise } from '../request/value-or-promise.js';
import { isExpired, type Principal } from '../request/principal.js';
import { UnverifiableAccessError } from './access.errors.js';
import { withGranted } from './scopes.js';

/** Evaluates access rules, for lists, calls, routes and challenges. */
@Injectable()
export class AccessControl implements OnModuleInit {
  private facts: AccessFacts = new CredentialFacts();
  private renewal: PrincipalRenewal | undefined;
  private scope: CallScope | undefined;

  constructor(
    private readonly moduleRef: ModuleRef,
    private readonly policies: AccessPolicies,
  ) {}

  onModuleInit(): void {
    this.facts = resolveOptional(this.moduleRef, AccessFacts) ?? this.facts;
  }

  /**
   * Whether a rule allows a principal. Synchronous unless Clerk or a policy must be asked.
   *
   * @param principal `undefined` for an anonymous caller
   * @param now milliseconds since the epoch; an expired principal counts as anonymous
   */
  decide(
    rule: AccessRule,
    principal: Principal | undefined,
    now: number = Date.now(),
  ): MaybePromise<Decision> {
    if (rule.kind === 'public') return ALLOWED;
    if (!principal || isExpired(principal, now)) return UNAUTHENTICATED;
    if (rule.requirements.length === 0) return ALLOWED;
    return andThen(evaluateAll(rule.requirements, this.contextOf(principal)), (refusal) =>
      refusal ? { allowed: false, refusal: withGranted(refusal, principal.scopes) } : ALLOWED,
    );
  }

  /**
   * Like {@link decide}, for a caller without a current request, such as the listener of a stream. It
   * runs in the scope of this caller, so that policies do not see the principal that caused the event.
   */
  decideOutsideRequest(rule: AccessRule, principal: Principal | undefined): MaybePromise<Decision> {
    if (policiesIn(rule).length === 0) return this.decide(rule, principal);
    this.scope ??= resolveOptional(this.moduleRef, CallScope);
    const decide = (): MaybePromise<Decision> => this.decide(rule, principal);
    return this.scope ? this.scope.run({}, principal, decide) : decide();
  }

  /** Like {@link decide}, with the result of each requirement. For diagnostics; it evaluates twice. */
  async explain(
    rule: AccessRule,
    principal: Principal | undefined,
    now: number = Date.now(),
  ): Promise<ExplainedDecision> {
    const decision = await this.decide(rule, principal, now);
    if (rule.kind === 'public' || !principal || isExpired(principal, now)) {
      return { decision, requirements: [] };
    }
    const context = this.contextOf(principal);
    const refusals = await allOf(rule.requirements.map((one) => evaluate(one, context)));
    const requirements = rule.requirements.map((requirement, index) => {
      const refusal = refusals[index];
      return { requirement, ...(refusal && { refusal }) };
    });
    return { decision, requirements };
  }

  /**
   * Checks at startup that a rule can be evaluated.
   *
   * @param source of the rule, such as `NotesService.purge`
   * @throws {MissingPolicyError} a policy of the rule is not a singleton provider
   * @throws {UnverifiableAccessError} it has `@VerifyAlways()`, but there is no {@link PrincipalRenewal}
   */
  assertDecidable(rule: AccessRule, source: string): void {
    if (
      rule.kind === 'protected' &&
      rule.verifyAlways &&
      !resolveOptional(this.moduleRef, PrincipalRenewal)
    ) {
      throw new UnverifiableAccessError(source);
    }
    this.policies.assertResolvable(rule, source);
  }

  /**
   * Verifies the credential of a request again.
   *
   * @throws {AccessRefusedError} if it is not valid any more, or cannot be verified now
   */
  async renew(request: object): Promise<Principal | undefined> {
    this.renewal ??= resolveOptional(this.moduleRef, PrincipalRenewal);
    // Without a renewal provider, access is denied.
    return this.renewal?.renew(request);
  }

  private contextOf(principal: Principal): EvaluationContext {
    return { principal, facts: this.facts, policies: this.policies };
  }
}

/** A decision with the result of each requirement. */
export interface ExplainedDecision {
  readonly decision: Decision;
  /** Empty for an anonymous caller and for a public rule. */
  readonly requirements: readonly ExplainedRequirement[];
}

/** The result of one requirement of a rule. */
export interface ExplainedRequirement {
  readonly requirement: AccessRequirement;
  /** Why it is not met; absent if it is met. */
  readonly refusal?: Refusal;
}

const ALLOWED: Decision = { allowed: true };
const UNAUTHENTICATED: Decision = { allowed: false, refusal: { reason: 'unauthenticated' } };
