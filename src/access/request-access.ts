import type { AccessControl } from './access-control.js';
import { AccessRefusedError } from './access.errors.js';
import type { AccessRule } from './access-rule.js';
import { type Decision, isOutage } from './refusal.js';
import { allOf, catchError, andThen, type MaybePromise } from '../request/value-or-promise.js';
import type { Principal } from '../request/principal.js';
import { attachPrincipal } from '../request/request-principal.js';

/** What one caller may do, for the time of one exchange: each rule is decided once. */
export class RequestAccess {
  /** Most exchanges are about one rule: a map is for the others. */
  private first: { readonly rule: AccessRule; decision: MaybePromise<Decision> } | undefined;
  private decisions: Map<AccessRule, MaybePromise<Decision>> | undefined;
  private verified: Map<AccessRule, MaybePromise<Decision>> | undefined;
  private renewal: Promise<Principal | undefined> | undefined;
  private caller: Principal | undefined;

  /**
   * @param principal `undefined` for an anonymous caller
   * @param request that was authenticated
   * @param isOutside whether the request does not run now
   */
  constructor(
    private readonly control: AccessControl,
    principal: Principal | undefined,
    private readonly request: object,
    private readonly isOutside = false,
  ) {
    this.caller = principal;
  }

  /** The access of a caller who has no request at hand, such as one who listens on a session. */
  static withoutRequest(control: AccessControl, principal: Principal | undefined): RequestAccess {
    const request = {};
    attachPrincipal(request, principal);
    return new RequestAccess(control, principal, request, true);
  }

  /** Who it is, as found out last. */
  get principal(): Principal | undefined {
    return this.caller;
  }

  /** Whether the caller may use what a rule protects. `@VerifyAlways()` is heeded. */
  decide(rule: AccessRule): MaybePromise<Decision> {
    return rule.kind === 'protected' && rule.verifyAlways
      ? this.decideVerified(rule)
      : this.decideAtHand(rule);
  }

  /**
   * The rules among these that let the caller in, as far as is known without verifying anew: for
   * lists, which give nothing away but names.
   *
   * @throws {AccessRefusedError} where Clerk cannot be asked about one: a list with holes would pass for
   *   whole. A policy that fails refuses its own rule, and nothing else
   */
  allowed(rules: readonly AccessRule[]): MaybePromise<ReadonlySet<AccessRule>> {
    return andThen(
      allOf(rules.map((rule) => this.decideAtHand(rule))),
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
   * Whether at least one of these rules lets the caller in, as far as is known without verifying anew.
   * A rule that cannot be decided lets nobody in.
   */
  allowsAny(rules: readonly AccessRule[]): MaybePromise<boolean> {
    const undecided: Promise<Decision | undefined>[] = [];
    for (const rule of rules) {
      const decision = catchError(
        () => this.decideAtHand(rule),
        () => undefined,
      );
      if (decision instanceof Promise) undecided.push(decision);
      else if (decision?.allowed) return true;
    }
    return andThen(allOf(undecided), (decisions) =>
      decisions.some((decision) => decision?.allowed),
    );
  }

  /** The same caller, of whom nothing is decided yet: for what happens later on an open stream. */
  anew(): RequestAccess {
    return new RequestAccess(this.control, this.caller, this.request, true);
  }

  private decideAtHand(rule: AccessRule): MaybePromise<Decision> {
    const known = this.first?.rule === rule ? this.first.decision : this.decisions?.get(rule);
    if (known) return known;
    const decision = this.ask(rule);
    this.keep(rule, decision);
    if (decision instanceof Promise) {
      void decision.then((settled) => this.keep(rule, settled)).catch(() => undefined);
    }
    return decision;
  }

  private keep(rule: AccessRule, decision: MaybePromise<Decision>): void {
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
    // Who is refused anyway costs the authorization server nothing.
    const atHand = await this.decideAtHand(rule);
    if (!atHand.allowed) return atHand;
    try {
      this.renewal ??= this.control.renew(this.request);
      this.caller = await this.renewal;
    } catch (error) {
      if (error instanceof AccessRefusedError) return { allowed: false, refusal: error.refusal };
      throw error;
    }
    return this.ask(rule);
  }

  private ask(rule: AccessRule): MaybePromise<Decision> {
    const { control, caller, isOutside } = this;
    return isOutside ? control.decideOutsideRequest(rule, caller) : control.decide(rule, caller);
  }
}
