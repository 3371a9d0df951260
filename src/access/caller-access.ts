import type { AccessControl } from './access-control.js';
import { AccessRefusedError } from './access-refused.error.js';
import type { AccessRule } from './access-rule.js';
import type { Decision } from './decision.js';
import { allKnown, whenKnown, type MaybePromise } from './maybe-promise.js';
import type { Principal } from './principal.js';

/** What one caller may do, for the time of one exchange: each rule is decided once. */
export class CallerAccess {
  private decisions: Map<AccessRule, MaybePromise<Decision>> | undefined;

  constructor(
    private readonly control: AccessControl,
    /** `undefined` for an anonymous caller. */
    readonly principal: Principal | undefined,
  ) {}

  decide(rule: AccessRule): MaybePromise<Decision> {
    const known = this.decisions?.get(rule);
    if (known) return known;
    const decision = this.control.decide(rule, this.principal);
    this.decisions ??= new Map();
    this.decisions.set(rule, decision);
    if (decision instanceof Promise) {
      const { decisions } = this;
      void decision.then((settled) => decisions.set(rule, settled)).catch(() => undefined);
    }
    return decision;
  }

  /**
   * The rules among these that let the caller in.
   *
   * @throws {AccessRefusedError} where one cannot be decided: a list with holes would pass for whole
   */
  allowed(rules: readonly AccessRule[]): MaybePromise<ReadonlySet<AccessRule>> {
    return whenKnown(
      allKnown(rules.map((rule) => this.decide(rule))),
      (decisions) =>
        new Set(
          rules.filter((_rule, index) => {
            const refusal = decisions[index]?.refusal;
            if (refusal && OUTAGES.has(refusal.reason)) throw new AccessRefusedError(refusal);
            return decisions[index]?.allowed;
          }),
        ),
    );
  }
}

const OUTAGES: ReadonlySet<string> = new Set(['unavailable', 'misconfigured']);
