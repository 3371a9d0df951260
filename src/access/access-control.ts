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

/** What one condition of a rule came to. */
export interface ExplainedRequirement {
  readonly requirement: AccessRequirement;
  /** Why it does not hold; absent where it does. */
  readonly refusal?: Refusal;
}

/** A decision with what led to it. */
export interface ExplainedDecision {
  readonly decision: Decision;
  /** Condition by condition; none where nobody is signed in, or nobody must be. */
  readonly requirements: readonly ExplainedRequirement[];
}

/** Decides who may use what, for lists, calls, routes and challenges alike. */
@Injectable()
export class AccessControl implements OnModuleInit {
  private facts: AccessFacts = new CredentialFacts();
  private renewal: PrincipalRenewal | undefined;
  private scope: CallScope | undefined;

  constructor(
    private readonly moduleRef: ModuleRef,
    private readonly policies: AccessPolicies,
  ) {}

  /** The authentication module may know more than the credential says. */
  onModuleInit(): void {
    this.facts = resolveOptional(this.moduleRef, AccessFacts) ?? this.facts;
  }

  /**
   * Whether a principal may use what a rule protects. Known at once unless somebody must be asked.
   *
   * @param principal `undefined` for an anonymous caller
   * @param now milliseconds since the epoch; a principal past its expiry counts as anonymous
   */
  decide(
    rule: AccessRule,
    principal: Principal | undefined,
    now: number = Date.now(),
  ): MaybePromise<Decision> {
    if (rule.kind === 'public') return ALLOWED;
    if (!principal || isExpired(principal, now)) return UNAUTHENTICATED;
    if (rule.requirements.length === 0) return ALLOWED;
    return andThen(evaluateAll(rule.requirements, this.contextOf(principal)), toDecision);
  }

  /**
   * The same decision on a caller of whom no request runs now, such as one who listens. A policy that
   * looks around for its caller finds this one, and not whoever caused the event.
   */
  decideOutsideRequest(rule: AccessRule, principal: Principal | undefined): MaybePromise<Decision> {
    if (policiesIn(rule).length === 0) return this.decide(rule, principal);
    this.scope ??= resolveOptional(this.moduleRef, CallScope);
    const decide = (): MaybePromise<Decision> => this.decide(rule, principal);
    return this.scope ? this.scope.run({}, principal, decide) : decide();
  }

  /** The same decision, with what each condition came to. For people, not for the hot path. */
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
   * Makes sure, at boot, that a rule can be decided.
   *
   * @param source of the rule, such as `NotesService.purge`
   * @throws {MissingPolicyError}
   * @throws {UnverifiableAccessError} it says `@VerifyAlways()`, and nobody can verify anything
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
   * Verifies the credential of a request anew.
   *
   * @throws {AccessRefusedError} when it is not good any more, or nobody can say
   */
  async renew(request: object): Promise<Principal | undefined> {
    this.renewal ??= resolveOptional(this.moduleRef, PrincipalRenewal);
    // Nobody to ask is nobody who says yes.
    return this.renewal?.renew(request);
  }

  private contextOf(principal: Principal): EvaluationContext {
    return { principal, facts: this.facts, policies: this.policies };
  }
}

const ALLOWED: Decision = { allowed: true };
const UNAUTHENTICATED: Decision = { allowed: false, refusal: { reason: 'unauthenticated' } };

function toDecision(refusal: Refusal | undefined): Decision {
  return refusal ? { allowed: false, refusal } : ALLOWED;
}
