import type { Type } from '@nestjs/common';
import type { AccessPolicy, AccessPolicyFunction } from './access-policy.js';
import {
  type AccessRequirement,
  type Reverification,
  AUTHENTICATED,
  PUBLIC,
  protectedBy,
  type AccessRule,
  mergeRules,
} from './access-rule.js';
import { ContradictoryAccessError } from './access.errors.js';
import { requirement, type DenyImpersonationOptions } from './requirement.js';

export type AccessDecorator = ClassDecorator & MethodDecorator;

/**
 * Lets everybody in, signed in or not. Goes on a class or a method; the method wins.
 *
 * @example
 * ```ts
 * @Public()
 * @McpTool({ description: 'How to sign in' })
 * getAuthInfo() { … }
 * ```
 */
export const Public = (): AccessDecorator => access(PUBLIC);

/** Asks for a verified principal. It is the default, written out. */
export const Authenticated = (): AccessDecorator => access(AUTHENTICATED);

/**
 * Asks for a principal that was granted every one of these OAuth scopes. Stacked decorators add up.
 *
 * @throws {RangeError} without a scope, or for one that is not an RFC 6749 §3.3 scope token
 */
export const RequireScopes = (...scopes: [string, ...string[]]): AccessDecorator =>
  requires(requirement.scopes(...scopes));

/**
 * Asks for a principal that was granted at least one of these OAuth scopes. A challenge names the
 * first: put the one with the fewest rights there.
 *
 * @throws {RangeError} without a scope, or for one that is not an RFC 6749 §3.3 scope token
 */
export const RequireAnyScope = (...scopes: [string, ...string[]]): AccessDecorator =>
  requires(requirement.anyScope(...scopes));

/** Asks for a role in the organization that the credential acts in, such as `org:admin`. */
export const RequireRole = (role: string): AccessDecorator => requires(requirement.role(role));

/**
 * Asks for a custom permission in the organization that the credential acts in, such as
 * `org:notes:write`.
 *
 * @throws {RangeError} for one of Clerk's system permissions, which no token carries
 */
export const RequirePermission = (permission: string): AccessDecorator =>
  requires(requirement.permission(permission));

/** Asks for a credential that acts in an organization. */
export const RequireOrganization = (): AccessDecorator => requires(requirement.organization());

/**
 * Asks for a feature of Clerk Billing: `export`, or `org:export` and `user:export` for whose it is.
 *
 * @throws {RangeError} for any other way to write it
 */
export const RequireFeature = (feature: string): AccessDecorator =>
  requires(requirement.feature(feature));

/**
 * Asks for a plan of Clerk Billing: `team`, or `org:team` and `user:team` for whose it is.
 *
 * @throws {RangeError} for any other way to write it
 */
export const RequirePlan = (plan: string): AccessDecorator => requires(requirement.plan(plan));

/**
 * Asks for a user who has verified lately, as a session token tells. A credential that cannot tell is
 * refused.
 */
export const RequireReverification = (reverification: Reverification): AccessDecorator =>
  requires(requirement.reverification(reverification));

/** Asks for one of these kinds of credential, such as `session_token`. */
export const AcceptTokens = (...tokens: [string, ...string[]]): AccessDecorator =>
  requires(requirement.tokens(...tokens));

/** Asks for what a policy of one's own allows: a provider, or a function. */
export const RequirePolicy = (policy: Type<AccessPolicy> | AccessPolicyFunction): AccessDecorator =>
  requires(requirement.policy(policy));

/**
 * Asks for one of several alternatives in, each a list of conditions that must all hold.
 *
 * @example
 * ```ts
 * @RequireAnyOf([requirement.role('org:admin')], [requirement.scopes('notes:admin'), requirement.organization()])
 * ```
 */
export function RequireAnyOf(
  ...alternatives: [readonly AccessRequirement[], ...(readonly AccessRequirement[])[]]
): AccessDecorator {
  if (alternatives.length === 0) throw new RangeError('@RequireAnyOf() needs at least one way in.');
  return requires({ kind: 'any_of', alternatives });
}

/**
 * Asks each kind of credential for conditions of its own. A kind that is not named is refused.
 *
 * @example
 * ```ts
 * @RequireByToken({
 *   session_token: [requirement.permission('org:notes:write'), requirement.reverification('moderate')],
 *   oauth_token: [requirement.scopes('notes:write'), requirement.organization()],
 * })
 * ```
 */
export const RequireByToken = (
  byToken: Readonly<Record<string, readonly AccessRequirement[]>>,
): AccessDecorator => requires({ kind: 'by_token', byToken });

/**
 * Refuses whoever acts in the name of somebody else: Clerk's impersonation, and the actor chain of an
 * OAuth token (RFC 8693) unless `delegation` is `allow`. On a class it holds for every protected
 * method, whatever else that says; of a class and a method, the stricter one holds.
 *
 * @example
 * ```ts
 * @DenyImpersonation({ delegation: 'allow' })
 * @McpTool({ description: 'Agents may do this for the user, support may not' })
 * ```
 */
export const DenyImpersonation = ({
  delegation = 'deny',
}: DenyImpersonationOptions = {}): AccessDecorator => modify({ denyImpersonation: delegation });

/**
 * Verifies the credential anew for each call, past every cache, and that its user may still sign in.
 * On a class it holds for every protected method, whatever else that says. It costs a request to the
 * authorization server per call.
 */
export const VerifyAlways = (): AccessDecorator => modify({ verifyAlways: true });

/** Applies a rule that is at hand as data, to a class or a method. */
export const withAccessRule = (rule: AccessRule): AccessDecorator => access(rule);

/**
 * The rule in force for a method: its own, else that of its class, else every verified principal;
 * narrowed by what `@DenyImpersonation()` and `@VerifyAlways()` say on either.
 *
 * @throws {ContradictoryAccessError} the method narrows what it has made public
 */
export function accessRuleOf(type: object & { prototype: object }, method: string): AccessRule {
  const handler: unknown = Reflect.get(type.prototype, method);
  const holder = typeof handler === 'function' ? handler : undefined;
  const rule = (holder && readRule(holder)) ?? readRule(type) ?? AUTHENTICATED;
  const own = holder ? readModifiers(holder) : {};
  if (rule.kind === 'public') {
    if (Object.keys(own).length > 0) throw new ContradictoryAccessError(type, method);
    return rule;
  }
  return narrow(rule, stricter(readModifiers(type), own));
}

const ACCESS_RULE = 'nestjs-clerk-mcp:access-rule';
const ACCESS_MODIFIERS = 'nestjs-clerk-mcp:access-modifiers';

/** What narrows a rule, whichever it is. */
interface Modifiers {
  /** What becomes of an actor by delegation. */
  readonly denyImpersonation?: 'allow' | 'deny';
  readonly verifyAlways?: true;
}

function narrow(
  rule: AccessRule & { readonly kind: 'protected' },
  { denyImpersonation, verifyAlways }: Modifiers,
): AccessRule {
  const { requirements } = rule;
  const isSaid = requirements.some(
    (one) =>
      one.kind === 'no_impersonation' &&
      (denyImpersonation === 'allow' || one.delegation === undefined),
  );
  return {
    ...rule,
    requirements:
      denyImpersonation && !isSaid
        ? [...requirements, requirement.noImpersonation({ delegation: denyImpersonation })]
        : requirements,
    ...(verifyAlways && { verifyAlways }),
  };
}

function stricter(one: Modifiers, other: Modifiers): Modifiers {
  const denials = [one.denyImpersonation, other.denyImpersonation];
  const both = { ...one, ...other };
  return denials.includes('deny') ? { ...both, denyImpersonation: 'deny' } : both;
}

const requires = (requirement: AccessRequirement): AccessDecorator =>
  access(protectedBy(requirement));

function access(rule: AccessRule): AccessDecorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    // Metadata sits on the function of a method, where Nest's own Reflector reads it.
    const holder: object = descriptor ? descriptor.value : target;
    const earlier: AccessRule | undefined = Reflect.getOwnMetadata(ACCESS_RULE, holder);
    Reflect.defineMetadata(ACCESS_RULE, merge(earlier, rule, target, key), holder);
  };
}

function modify(modifiers: Modifiers): AccessDecorator {
  return (target: object, _key?: string | symbol, descriptor?: PropertyDescriptor) => {
    const holder: object = descriptor ? descriptor.value : target;
    const earlier: Modifiers | undefined = Reflect.getOwnMetadata(ACCESS_MODIFIERS, holder);
    Reflect.defineMetadata(ACCESS_MODIFIERS, stricter(earlier ?? {}, modifiers), holder);
  };
}

function merge(
  earlier: AccessRule | undefined,
  rule: AccessRule,
  target: object,
  key: string | symbol | undefined,
): AccessRule {
  if (!earlier) return rule;
  if (earlier.kind === 'public' || rule.kind === 'public') {
    if (earlier.kind === rule.kind) return rule;
    throw new ContradictoryAccessError(target, key);
  }
  return mergeRules(rule, earlier);
}

function readRule(holder: object): AccessRule | undefined {
  return Reflect.getMetadata(ACCESS_RULE, holder);
}

function readModifiers(holder: object): Modifiers {
  const own: Modifiers | undefined = Reflect.getMetadata(ACCESS_MODIFIERS, holder);
  return own ?? {};
}
