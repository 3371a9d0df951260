import type { MaybePromise } from '../request/value-or-promise.js';
import type { Principal } from '../request/principal.js';

/** What somebody asks for. Never its arguments: what is listed must be what may be called. */
export interface AccessTarget {
  /** Class of the handler. */
  readonly type: Function;
  /** Method of the handler. */
  readonly method: string;
}

/** What a policy decides on. */
export interface AccessPolicyContext {
  readonly principal: Principal;
  readonly target: AccessTarget;
}

/** Yes, no, or no with a reason that the caller may read. */
export type AccessPolicyResult = boolean | { readonly reason: string };

/** A policy without dependencies. */
export type AccessPolicyFunction = (
  context: AccessPolicyContext,
) => MaybePromise<AccessPolicyResult>;

/**
 * A rule of one's own, as a provider with dependencies. It is asked for lists as well as for calls, at
 * most once per request and handler.
 *
 * What it throws is logged and refuses the call as a failure that may pass: HTTP 503.
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
