import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { AccessFacts, CredentialFacts, StatedFacts } from './access-facts.js';
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
    return this.decideBy(this.facts, rule, principal, now);
  }

  /**
   * Like {@link decide}, for a caller without a current request, such as the listener of a stream. It
   * runs in the scope of this caller, so that policies do not see the principal that caused the event.
   */
  decideOutsideRequest(rule: AccessRule, principal: Principal | undefined): MaybePromise<Decision> {
    const decide = (): MaybePromise<Decision> => this.decide(rule, principal);
    return policiesIn(rule).length === 0 ? decide() : this.inScopeOf(principal, decide);
  }

  /**
   * Like {@link decide}, with the result of each requirement. For diagnostics: it evaluates twice, and, as
   * {@link decideOutsideRequest}, in the scope of this caller.
   */
  explain(
    rule: AccessRule,
    principal: Principal | undefined,
    now: number = Date.now(),
  ): Promise<ExplainedDecision> {
    return this.explainBy(this.facts, rule, principal, now);
  }

  /**
   * Like {@link explain}, for a principal that somebody has made up: Clerk does not know it, so that it has
   * the role and the permissions that it states.
   */
  explainStated(rule: AccessRule, principal: Principal): Promise<ExplainedDecision> {
    return this.explainBy(new StatedFacts(this.facts), rule, principal, Date.now());
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

  private decideBy(
    facts: AccessFacts,
    rule: AccessRule,
    principal: Principal | undefined,
    now: number,
  ): MaybePromise<Decision> {
    if (rule.kind === 'public') return ALLOWED;
    if (!principal || isExpired(principal, now)) return UNAUTHENTICATED;
    if (rule.requirements.length === 0) return ALLOWED;
    const { policies } = this;
    const context: EvaluationContext = { principal, facts, policies };
    return andThen(evaluateAll(rule.requirements, context), (refusal) =>
      refusal ? { allowed: false, refusal: withGranted(refusal, principal.scopes) } : ALLOWED,
    );
  }

  private explainBy(
    facts: AccessFacts,
    rule: AccessRule,
    principal: Principal | undefined,
    now: number,
  ): Promise<ExplainedDecision> {
    const { policies } = this;
    const explain = async (): Promise<ExplainedDecision> => {
      const decision = await this.decideBy(facts, rule, principal, now);
      if (rule.kind === 'public' || !principal || isExpired(principal, now)) {
        return { decision, requirements: [] };
      }
      const context: EvaluationContext = { principal, facts, policies };
      const refusals = await allOf(rule.requirements.map((one) => evaluate(one, context)));
      const requirements = rule.requirements.map((requirement, index) => {
        const refusal = refusals[index];
        return { requirement, ...(refusal && { refusal }) };
      });
      return { decision, requirements };
    };
    return policiesIn(rule).length === 0 ? explain() : this.inScopeOf(principal, explain);
  }

  /** Policies must not see the principal of the request that is served now. */
  private inScopeOf<T>(principal: Principal | undefined, run: () => T): T {
    this.scope ??= resolveOptional(this.moduleRef, CallScope);
    return this.scope ? this.scope.run({}, principal, run) : run();
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
