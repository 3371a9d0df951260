import { HttpException, Injectable, Logger, Scope, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { scopeOf } from '../request/resolve-optional.js';
import { AccessPolicy, type AccessPolicyResult } from './access-policy.js';
import { AccessRefusedError, MissingPolicyError } from './access.errors.js';
import { type AccessRequirement, type AccessRule, policiesIn } from './access-rule.js';
import { isThenable, type MaybePromise } from '../request/value-or-promise.js';
import type { Principal } from '../request/principal.js';
import { isOutage, type Refusal } from './refusal.js';
import { logFailure } from '../request/log-failure.js';

/** Evaluates the policies of the application. */
@Injectable()
export class AccessPolicies {
  private readonly logger = new Logger('AccessPolicy');
  /** When the last failure of each policy was logged, in milliseconds since the epoch. */
  private readonly loggedAt = new WeakMap<object, number>();

  constructor(private readonly moduleRef: ModuleRef) {}

  /**
   * Checks that every policy of a rule is a function, or a singleton provider with `allows()`.
   *
   * @param source of the rule, such as `NotesService.purge`
   * @throws {MissingPolicyError}
   */
  assertResolvable(rule: AccessRule, source: string): void {
    for (const { name, policy } of policiesIn(rule)) {
      const problem = isPolicyClass(policy) ? this.problemOf(policy) : undefined;
      if (problem !== undefined) throw new MissingPolicyError(source, name, problem);
    }
  }

  private problemOf(policy: Type<AccessPolicy>): string | undefined {
    const { prototype }: { readonly prototype: object } = policy;
    const isPolicy = prototype instanceof AccessPolicy || 'allows' in prototype;
    const scope = scopeOf(this.moduleRef, policy);
    if (scope === undefined && !isPolicy) return WITHOUT_ALLOWS;
    if (scope === undefined) {
      return 'is not a provider of the application. Add it to the providers of a module.';
    }
    if (scope !== Scope.DEFAULT) {
      return 'is request-scoped or transient. Make it a singleton: its argument contains the caller.';
    }
    const instance: unknown = this.moduleRef.get(policy, { strict: false });
    const isReady = typeof instance === 'object' && instance !== null && 'allows' in instance;
    return isReady && typeof instance.allows === 'function' ? undefined : WITHOUT_ALLOWS;
  }

  /**
   * Evaluates one policy. It fails closed: an error of the policy refuses the entry that it protects,
   * and no other. A 4xx exception of Nest refuses with its message.
   */
  evaluate(
    { name, policy, target = NOWHERE }: AccessRequirement & { kind: 'policy' },
    principal: Principal,
  ): MaybePromise<Refusal | undefined> {
    const read = (result: AccessPolicyResult): Refusal | undefined => {
      if (result === true) return undefined;
      const reason = typeof result === 'object' && result ? result.reason : DENIED;
      return { reason: 'forbidden', description: reason };
    };
    const fail = (error: unknown): Refusal | undefined => {
      if (error instanceof AccessRefusedError) return ofPolicy(name, error.refusal);
      if (error instanceof HttpException && error.getStatus() < 500) {
        return { reason: 'forbidden', description: error.message };
      }
      this.logFailure(name, policy, error);
      return ofPolicy(name, { reason: 'unavailable', retryAfter: RETRY_AFTER });
    };
    try {
      const context = { principal, target };
      const result = isPolicyClass(policy)
        ? this.moduleRef.get<AccessPolicy>(policy, { strict: false }).allows(context)
        : policy(context);
      return isThenable(result) ? Promise.resolve(result).then(read).catch(fail) : read(result);
    } catch (error) {
      return fail(error);
    }
  }

  /** At most once a minute for each policy: every list evaluates it. */
  private logFailure(name: string, policy: object, error: unknown): void {
    const now = Date.now();
    const last = this.loggedAt.get(policy);
    // A clock that was set back does not silence the log.
    if (last !== undefined && now >= last && now - last < LOG_EVERY_MS) return;
    this.loggedAt.set(policy, now);
    logFailure(this.logger, `${name} failed`, error);
  }
}

/** An outage in a policy must not count as an outage of Clerk, which would affect other entries. */
function ofPolicy(policy: string, refusal: Refusal): Refusal {
  if (!isOutage(refusal)) return refusal;
  const retryAfter = refusal.reason === 'unavailable' ? refusal.retryAfter : RETRY_AFTER;
  return { reason: 'unavailable', retryAfter, policy };
}

const WITHOUT_ALLOWS =
  'has no method allows(). Extend AccessPolicy, and write allows({ principal }) { return …; }.';
const DENIED = 'A policy of this server does not allow this.';
const LOG_EVERY_MS = 60_000;
/** Seconds. */
const RETRY_AFTER = 5;
const NOWHERE = { type: Object, method: '' } as const;

function isPolicyClass(
  policy: (AccessRequirement & { kind: 'policy' })['policy'],
): policy is Type<AccessPolicy> {
  const prototype: unknown = policy.prototype;
  if (typeof prototype !== 'object' || prototype === null) return false;
  if (prototype instanceof AccessPolicy || 'allows' in prototype) return true;
  // A class cannot be called: one that has no `allows()` is a mistake, not a function.
  return /^class\b/.test(Function.prototype.toString.call(policy));
}
