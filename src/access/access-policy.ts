import type { MaybePromise } from '../request/value-or-promise.js';
import type { Principal } from '../request/principal.js';

/**
 * A custom access rule, as a provider with dependencies. It is evaluated for lists and for calls, at most
 * once per request and handler.
 *
 * A 4xx exception of Nest that it throws refuses with its message. Any other error is logged, at most once
 * a minute, and refuses this entry only: lists omit it, a call gets a failed result, a route a 503.
 *
 * @example
 * ```ts
 * @Injectable()
 * export class BetaTesters extends AccessPolicy {
 *   constructor(private readonly flags: FlagService) { super(); }
 *   allows({ principal }: AccessPolicyContext) { return this.flags.isOn('beta', principal.subject); }
 * }
 *
 * @RequirePolicy(BetaTesters)
 * @McpTool({ description: 'Experimental' })
 * ```
 */
export abstract class AccessPolicy {
  abstract allows(context: AccessPolicyContext): MaybePromise<AccessPolicyResult>;
}

/** The handler that a policy protects. No arguments: lists and calls must give the same decision. */
export interface AccessTarget {
  /** Class of the handler. */
  readonly type: Function;
  /** Method of the handler. */
  readonly method: string;
}

/** The argument of a policy. */
export interface AccessPolicyContext {
  readonly principal: Principal;
  readonly target: AccessTarget;
}

/** `true` allows; `false` and an object with a reason refuse. The caller sees the reason. */
export type AccessPolicyResult = boolean | { readonly reason: string };

/** A policy without dependencies. */
export type AccessPolicyFunction = (
  context: AccessPolicyContext,
) => MaybePromise<AccessPolicyResult>;
