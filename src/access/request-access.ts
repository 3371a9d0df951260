import type { AccessControl } from './access-control.js';
import { AccessRefusedError } from './access.errors.js';
import type { AccessRule } from './access-rule.js';
import { type Decision, isOutage } from './refusal.js';
import { allOf, catchError, andThen, type MaybePromise } from '../request/value-or-promise.js';
import { isExpired, type Principal } from '../request/principal.js';
import { attachPrincipal } from '../request/request-record.js';

/** The access decisions for one caller in one exchange. Each rule is evaluated once. */
export class RequestAccess {
  /** The first rule has its own field, because most exchanges need one rule only. */
  private first: { readonly rule: AccessRule; decision: MaybePromise<Decision> } | undefined;
  private decisions: Map<AccessRule, MaybePromise<Decision>> | undefined;
  private verified: Map<AccessRule, MaybePromise<Decision>> | undefined;
  private renewal: Promise<Principal | undefined> | undefined;
  private caller: Principal | undefined;

  /**
   * @param principal `undefined` for an anonymous caller
   * @param request that was authenticated
   * @param isOutside whether the decisions are taken outside of the request
   */
  constructor(
    private readonly control: AccessControl,
    principal: Principal | undefined,
    private readonly request: object,
    private readonly isOutside = false,
  ) {
    this.caller = principal;
  }

  /** Access decisions for a caller without a request, such as the listener of a session. */
  static withoutRequest(control: AccessControl, principal: Principal | undefined): RequestAccess {
    const request = {};
    attachPrincipal(request, principal);
    return new RequestAccess(control, principal, request, true);
  }

  /** The principal as last verified. */
  get principal(): Principal | undefined {
    return this.caller;
  }

  /** Whether there is no valid credential: an expired principal counts as anonymous. */
  get isAnonymous(): boolean {
    return !this.caller || isExpired(this.caller);
  }

  /** Whether a rule allows the caller. With `@VerifyAlways()` the credential is verified again first. */
  decide(rule: AccessRule): MaybePromise<Decision> {
    return rule.kind === 'protected' && rule.verifyAlways
      ? this.decideVerified(rule)
      : this.decideFromCache(rule);
  }

  /**
   * The rules that allow the caller, without verifying the credential again. For lists, which contain
   * only names.
   *
   * @throws {AccessRefusedError} if Clerk does not respond, because a partial list would look complete.
   *   A policy that fails refuses only its own rule
   */
  allowed(rules: readonly AccessRule[]): MaybePromise<ReadonlySet<AccessRule>> {
    return andThen(
      allOf(rules.map((rule) => this.decideFromCache(rule))),
      (decisions) =>
        new Set(
          rules.filter((_rule, index) => {
            const refusal = decisions[index]?.refusal;
            if (isOutage(refusal)) throw new AccessRefusedError(refusal);
            return decisions[index]?.allowed;
          }),
        ),
    );
  }

  /**
   * Whether at least one of these rules allows the caller, without verifying the credential again. A rule
   * whose evaluation fails does not allow.
   */
  allowsAny(rules: readonly AccessRule[]): MaybePromise<boolean> {
    const undecided: Promise<Decision | undefined>[] = [];
    for (const rule of rules) {
      const decision = catchError(
        () => this.decideFromCache(rule),
        () => undefined,
      );
      if (decision instanceof Promise) undecided.push(decision);
      else if (decision?.allowed) return true;
    }
    return andThen(allOf(undecided), (decisions) =>
      decisions.some((decision) => decision?.allowed),
    );
  }

  /** A copy without any decisions, for later events on an open stream. */
  anew(): RequestAccess {
    return new RequestAccess(this.control, this.caller, this.request, true);
  }

  private decideFromCache(rule: AccessRule): MaybePromise<Decision> {
    const known = this.first?.rule === rule ? this.first.decision : this.decisions?.get(rule);
    if (known) return known;
    const decision = this.evaluate(rule);
    this.store(rule, decision);
    if (decision instanceof Promise) {
      void decision.then((settled) => this.store(rule, settled)).catch(() => undefined);
    }
    return decision;
  }

  private store(rule: AccessRule, decision: MaybePromise<Decision>): void {
    this.first ??= { rule, decision };
    if (this.first.rule === rule) this.first.decision = decision;
    else (this.decisions ??= new Map()).set(rule, decision);
  }

  private decideVerified(rule: AccessRule): MaybePromise<Decision> {
    const verified = (this.verified ??= new Map<AccessRule, MaybePromise<Decision>>());
    const known = verified.get(rule);
    if (known) return known;
    const decision = this.verifyAndDecide(rule);
    verified.set(rule, decision);
    void decision.then((settled) => verified.set(rule, settled)).catch(() => undefined);
    return decision;
  }

  private async verifyAndDecide(rule: AccessRule): Promise<Decision> {
    // A caller that is refused anyway causes no request to the authorization server.
    const cached = await this.decideFromCache(rule);
    if (!cached.allowed) return cached;
    try {
      this.renewal ??= this.control.renew(this.request);
      this.caller = await this.renewal;
    } catch (error) {
      if (error instanceof AccessRefusedError) return { allowed: false, refusal: error.refusal };
      throw error;
    }
    return this.evaluate(rule);
  }

  private evaluate(rule: AccessRule): MaybePromise<Decision> {
    const { control, caller, isOutside } = this;
    return isOutside ? control.decideOutsideRequest(rule, caller) : control.decide(rule, caller);
  }
}
