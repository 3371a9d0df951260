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
import { ContradictoryAccessError, InvalidAccessRuleError, placeOf } from './access.errors.js';
import { type AccessDecorator, createAt, decorator, holderOf } from './decorator-use.js';
import { requirement, type DenyImpersonationOptions } from './requirement.js';
import { readMetadata } from '../request/read-metadata.js';

export type { AccessDecorator };

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
export const Public = decorator('Public', () => access(PUBLIC));

/** Requires an authenticated principal. This is the default. */
export const Authenticated = decorator('Authenticated', () => access(AUTHENTICATED));

/**
 * Requires all of these OAuth scopes. Several decorators on one target add up.
 *
 * @throws {InvalidAccessRuleError} without a scope, or for one that is not an RFC 6749 §3.3 scope token
 */
export const RequireScopes = decorator('RequireScopes', (...scopes: [string, ...string[]]) =>
  requires(() => requirement.scopes(...scopes)),
);

/**
 * Requires at least one of these OAuth scopes. A challenge names the first: put the scope with the
 * fewest rights there.
 *
 * @throws {InvalidAccessRuleError} without a scope, or for one that is not an RFC 6749 §3.3 scope token
 */
export const RequireAnyScope = decorator('RequireAnyScope', (...scopes: [string, ...string[]]) =>
  requires(() => requirement.anyScope(...scopes)),
);

/** Requires a role in the active organization of the credential, such as `org:admin`. */
export const RequireRole = decorator('RequireRole', (role: string) =>
  requires(() => requirement.role(role)),
);

/**
 * Requires a custom permission in the active organization of the credential, such as
 * `org:notes:write`.
 *
 * @throws {InvalidAccessRuleError} for one of Clerk's system permissions, which no token carries
 */
export const RequirePermission = decorator('RequirePermission', (permission: string) =>
  requires(() => requirement.permission(permission)),
);

/** Requires a credential with an active organization. */
export const RequireOrganization = decorator('RequireOrganization', () =>
  requires(() => requirement.organization()),
);

/**
 * Requires a feature of Clerk Billing: `export` of either owner, or `org:export` or `user:export`.
 *
 * @throws {InvalidAccessRuleError} for any other format
 */
export const RequireFeature = decorator('RequireFeature', (feature: string) =>
  requires(() => requirement.feature(feature)),
);

/**
 * Requires a plan of Clerk Billing: `team` of either owner, or `org:team` or `user:team`.
 *
 * @throws {InvalidAccessRuleError} for any other format
 */
export const RequirePlan = decorator('RequirePlan', (plan: string) =>
  requires(() => requirement.plan(plan)),
);

/**
 * Requires a user who verified recently, according to the session token. A credential without this
 * information is refused.
 */
export const RequireReverification = decorator(
  'RequireReverification',
  (reverification: Reverification) => requires(() => requirement.reverification(reverification)),
);

/** Requires one of these kinds of credential, such as `session_token`. */
export const AcceptTokens = decorator('AcceptTokens', (...tokens: [string, ...string[]]) =>
  requires(() => requirement.tokens(...tokens)),
);

/** Requires that a custom policy allows the call: an {@link AccessPolicy} provider, or a function. */
export const RequirePolicy = decorator(
  'RequirePolicy',
  (policy: Type<AccessPolicy> | AccessPolicyFunction) => requires(() => requirement.policy(policy)),
  { takesClass: true },
);

/**
 * Requires one of several alternatives. Each is a list of requirements that must all be met.
 *
 * @example
 * ```ts
 * @RequireAnyOf([requirement.role('org:admin')], [requirement.scopes('notes:admin'), requirement.organization()])
 * ```
 */
export const RequireAnyOf = decorator(
  'RequireAnyOf',
  (...alternatives: [readonly AccessRequirement[], ...(readonly AccessRequirement[])[]]) =>
    requires(() => {
      if (alternatives.length > 0 && alternatives.every(Array.isArray)) {
        return { kind: 'any_of', alternatives };
      }
      throw new InvalidAccessRuleError(
        "@RequireAnyOf() needs at least one alternative, and each is a list of requirements: @RequireAnyOf([requirement.role('org:admin')], [requirement.scopes('notes:admin')]).",
      );
    }),
);

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
export const RequireByToken = decorator(
  'RequireByToken',
  (byToken: Readonly<Record<string, readonly AccessRequirement[]>>) =>
    requires(() => {
      if (typeof byToken === 'object' && Object.values(byToken).every(Array.isArray)) {
        return { kind: 'by_token', byToken };
      }
      throw new InvalidAccessRuleError(
        "@RequireByToken() takes a list of requirements for each kind of credential: @RequireByToken({ oauth_token: [requirement.scopes('notes:write')] }).",
      );
    }),
);

/**
 * Refuses callers that act as another user: Clerk's impersonation, `act` of a session token. The actor chain
 * of an OAuth token (RFC 8693) is a delegation, which `delegation: 'deny'` refuses as well. On a class it applies to every protected method. If class
 * and method both have it, the stricter one applies.
 *
 * @example
 * ```ts
 * @DenyImpersonation({ delegation: 'deny' })
 * @McpTool({ description: 'Only the user may do this, no support staff and no agent' })
 * ```
 */
export const DenyImpersonation = decorator(
  'DenyImpersonation',
  (options: DenyImpersonationOptions = {}) =>
    modify(() => ({
      denyImpersonation: requirement.noImpersonation(options).delegation ?? 'allow',
    })),
);

/**
 * Verifies the credential again for each call, without any cache, and checks that its user may still
 * sign in. On a class it applies to every protected method. Each call costs a request to the
 * authorization server.
 */
export const VerifyAlways = decorator('VerifyAlways', () => modify(() => ({ verifyAlways: true })));

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

/** Whether a method has an access decorator of its own. */
export function hasAccessDecorator(method: object): boolean {
  return (
    Reflect.hasOwnMetadata(ACCESS_RULE, method) || Reflect.hasOwnMetadata(ACCESS_MODIFIERS, method)
  );
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
  // Handlers without a decorator share one rule.
  if (!denyImpersonation && !verifyAlways) return rule;
  const { requirements } = rule;
  const isAlreadyRequired = requirements.some(
    (one) =>
      one.kind === 'no_impersonation' &&
      (denyImpersonation === 'allow' || one.delegation === 'deny'),
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

/** The requirement is created where the decorator is applied, so that an error names the method. */
const requires = (create: () => AccessRequirement): AccessDecorator =>
  access(() => protectedBy(create()));

function access(rule: AccessRule | (() => AccessRule)): AccessDecorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    const holder = holderOf(target, key, descriptor);
    const created = typeof rule === 'function' ? createAt(rule, placeOf(target, key)) : rule;
    const earlier: AccessRule | undefined = Reflect.getOwnMetadata(ACCESS_RULE, holder);
    Reflect.defineMetadata(ACCESS_RULE, merge(earlier, created, target, key), holder);
  };
}

function modify(create: () => Modifiers): AccessDecorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    const holder = holderOf(target, key, descriptor);
    const earlier: Modifiers | undefined = Reflect.getOwnMetadata(ACCESS_MODIFIERS, holder);
    const modifiers = createAt(create, placeOf(target, key));
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
  return readMetadata(ACCESS_RULE, holder);
}

function readModifiers(holder: object): Modifiers {
  return readMetadata<Modifiers>(ACCESS_MODIFIERS, holder) ?? {};
}
