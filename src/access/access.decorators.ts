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
 * Allows every caller, signed in or not. For classes and methods; a method overrides its class.
 *
 * @example
 * ```ts
 * @Public()
 * @McpTool({ description: 'How to sign in' })
 * getAuthInfo() { … }
 * ```
 */
export const Public = (): AccessDecorator => access(PUBLIC);

/** Requires an authenticated principal. This is the default. */
export const Authenticated = (): AccessDecorator => access(AUTHENTICATED);

/**
 * Requires all of these OAuth scopes. Several decorators on one target add up.
 *
 * @throws {RangeError} without a scope, or for one that is not an RFC 6749 §3.3 scope token
 */
export const RequireScopes = (...scopes: [string, ...string[]]): AccessDecorator =>
  requires(requirement.scopes(...scopes));

/**
 * Requires at least one of these OAuth scopes. A challenge names the first: put the scope with the
 * fewest rights there.
 *
 * @throws {RangeError} without a scope, or for one that is not an RFC 6749 §3.3 scope token
 */
export const RequireAnyScope = (...scopes: [string, ...string[]]): AccessDecorator =>
  requires(requirement.anyScope(...scopes));

/** Requires a role in the active organization of the credential, such as `org:admin`. */
export const RequireRole = (role: string): AccessDecorator => requires(requirement.role(role));

/**
 * Requires a custom permission in the active organization of the credential, such as
 * `org:notes:write`.
 *
 * @throws {RangeError} for one of Clerk's system permissions, which no token carries
 */
export const RequirePermission = (permission: string): AccessDecorator =>
  requires(requirement.permission(permission));

/** Requires a credential with an active organization. */
export const RequireOrganization = (): AccessDecorator => requires(requirement.organization());

/**
 * Requires a feature of Clerk Billing: `export` of either owner, or `org:export` or `user:export`.
 *
 * @throws {RangeError} for any other format
 */
export const RequireFeature = (feature: string): AccessDecorator =>
  requires(requirement.feature(feature));

/**
 * Requires a plan of Clerk Billing: `team` of either owner, or `org:team` or `user:team`.
 *
 * @throws {RangeError} for any other format
 */
export const RequirePlan = (plan: string): AccessDecorator => requires(requirement.plan(plan));

/**
 * Requires a user who verified recently, according to the session token. A credential without this
 * information is refused.
 */
export const RequireReverification = (reverification: Reverification): AccessDecorator =>
  requires(requirement.reverification(reverification));

/** Requires one of these kinds of credential, such as `session_token`. */
export const AcceptTokens = (...tokens: [string, ...string[]]): AccessDecorator =>
  requires(requirement.tokens(...tokens));

/** Requires that a custom policy allows the call: an {@link AccessPolicy} provider, or a function. */
export const RequirePolicy = (policy: Type<AccessPolicy> | AccessPolicyFunction): AccessDecorator =>
  requires(requirement.policy(policy));

/**
 * Requires one of several alternatives. Each is a list of requirements that must all be met.
 *
 * @example
 * ```ts
 * @RequireAnyOf([requirement.role('org:admin')], [requirement.scopes('notes:admin'), requirement.organization()])
 * ```
 */
export function RequireAnyOf(
  ...alternatives: [readonly AccessRequirement[], ...(readonly AccessRequirement[])[]]
): AccessDecorator {
  if (alternatives.length === 0)
    throw new RangeError('@RequireAnyOf() needs at least one alternative.');
  return requires({ kind: 'any_of', alternatives });
}

/**
 * Sets separate requirements for each kind of credential. A kind that is not listed is refused.
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
 * Refuses callers that act as another user: Clerk's impersonation and, unless `delegation` is `allow`,
 * the actor chain of an OAuth token (RFC 8693). On a class it applies to every protected method. If class
 * and method both have it, the stricter one applies.
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
 * Verifies the credential again for each call, without any cache, and checks that its user may still
 * sign in. On a class it applies to every protected method. Each call costs a request to the
 * authorization server.
 */
export const VerifyAlways = (): AccessDecorator => modify({ verifyAlways: true });

/** Applies an {@link AccessRule} to a class or a method. */
export const withAccessRule = (rule: AccessRule): AccessDecorator => access(rule);

/**
 * The access rule of a method: its own rule, otherwise the rule of its class, otherwise an authenticated
 * principal; with `@DenyImpersonation()` and `@VerifyAlways()` of the method and the class added.
 *
 * @throws {ContradictoryAccessError} the method is public and has one of these two decorators
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

/** Additions to the rule of a method or a class. */
interface Modifiers {
  /** Whether delegated credentials are accepted. */
  readonly denyImpersonation?: 'allow' | 'deny';
  readonly verifyAlways?: true;
}

function narrow(
  rule: AccessRule & { readonly kind: 'protected' },
  { denyImpersonation, verifyAlways }: Modifiers,
): AccessRule {
  const { requirements } = rule;
  const isAlreadyRequired = requirements.some(
    (one) =>
      one.kind === 'no_impersonation' &&
      (denyImpersonation === 'allow' || one.delegation === undefined),
  );
  return {
    ...rule,
    requirements:
      denyImpersonation && !isAlreadyRequired
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
    // Nest's Reflector reads the metadata of a method from its function.
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
