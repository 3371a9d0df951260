import { AccessRefusedError } from './access.errors.js';
import type { AccessFacts } from './access-facts.js';
import type { AccessRequirement } from './access-rule.js';
import { isEntitled, type Principal, type PrincipalOrganization } from '../request/principal.js';
import { combineAny, combineAll } from './combine-refusals.js';
import {
  allOf,
  andThen,
  catchError,
  toMaybePromise,
  type MaybePromise,
} from '../request/value-or-promise.js';
import { noteRequirement, type Refusal } from './refusal.js';
import { isVerifiedLately } from './verified-lately.js';

/**
 * Evaluates requirements that must all be met. Those that need only the credential come first; if one of
 * them refuses finally, Clerk and the policies are not asked.
 *
 * @returns `undefined` if all are met
 */
export function evaluateAll(
  requirements: readonly AccessRequirement[],
  context: EvaluationContext,
): MaybePromise<Refusal | undefined> {
  const local = requirements.filter((one) => !mayNeedLookup(one));
  const whole = (all: readonly (Refusal | undefined)[]): Refusal | undefined =>
    withEveryScope(combineAll(all), requirements, context);
  return andThen(allOf(local.map((one) => evaluate(one, context))), (known) => {
    const final = whole(known);
    if (local.length === requirements.length || final?.reason === 'forbidden') return final;
    const others = requirements.filter(mayNeedLookup).map((one) => evaluate(one, context));
    return andThen(allOf(others), (asked) => whole([...known, ...asked]));
  });
}

/** What requirements are evaluated with. */
export interface EvaluationContext {
  readonly principal: Principal;
  readonly facts: AccessFacts;
  readonly policies: {
    evaluate(
      requirement: AccessRequirement & { kind: 'policy' },
      principal: Principal,
    ): MaybePromise<Refusal | undefined>;
  };
}

/** Adds the granted scopes to the missing ones, because the new token replaces the old one. */
function withEveryScope(
  refusal: Refusal | undefined,
  requirements: readonly AccessRequirement[],
  { principal: { scopes: granted = [] }, facts }: EvaluationContext,
): Refusal | undefined {
  if (refusal?.reason !== 'insufficient_scope') return refusal;
  // The only one has named its own.
  if (requirements.length === 1) return refusal;
  const grantedOnes = requirements.flatMap((one) =>
    one.kind === 'scopes'
      ? one.scopes.filter((scope) => grants(facts, granted, scope)).slice(0, countOf(one))
      : [],
  );
  const order = requirements.flatMap((one) => (one.kind === 'scopes' ? one.scopes : []));
  const scopes = [...new Set([...grantedOnes, ...refusal.scopes])];
  return { ...refusal, scopes: scopes.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)) };
}

const countOf = ({ mode, scopes: all }: AccessRequirement & { kind: 'scopes' }): number =>
  mode === 'any' ? 1 : all.length;

function grants(facts: AccessFacts, granted: readonly string[], scope: string): boolean {
  return facts.scopesGranting(scope).some((one) => granted.includes(one));
}

/** Evaluates one requirement; `undefined` if it is met. */
export function evaluate(
  requirement: AccessRequirement,
  context: EvaluationContext,
): MaybePromise<Refusal | undefined> {
  return andThen(check(requirement, context), (refusal) => {
    if (refusal) noteRequirement(refusal, requirement);
    return refusal;
  });
}

function check(
  requirement: AccessRequirement,
  context: EvaluationContext,
): MaybePromise<Refusal | undefined> {
  const { principal, facts, policies } = context;
  switch (requirement.kind) {
    case 'scopes':
      return scopes(requirement, principal, facts);
    case 'role':
      return inOrganization(context, ({ role }) =>
        role !== undefined && prefixed(role) === prefixed(requirement.role)
          ? undefined
          : forbidden(`This needs the role ${requirement.role} in the organization.`),
      );
    case 'permission':
      return inOrganization(context, ({ permissions }) =>
        permissions?.includes(prefixed(requirement.permission))
          ? undefined
          : forbidden(`This needs the permission ${requirement.permission} in the organization.`),
      );
    case 'organization':
      return inOrganization(context, () => undefined);
    case 'feature':
      return isEntitled(principal.features, requirement.feature)
        ? undefined
        : forbidden(`This needs the feature ${requirement.feature}.`);
    case 'plan':
      return isEntitled(principal.plans, requirement.plan)
        ? undefined
        : forbidden(`This needs the plan ${requirement.plan}.`);
    case 'reverification':
      return reverification(requirement, principal);
    case 'tokens':
      return requirement.tokens.includes(principal.tokenType)
        ? undefined
        : forbidden(`This takes only: ${requirement.tokens.join(', ')}.`);
    case 'no_impersonation':
      return isActedFor(principal, requirement)
        ? forbidden('This is not allowed for a caller that acts as another user.')
        : undefined;
    case 'policy':
      return policies.evaluate(requirement, principal);
    case 'any_of':
      return anyOf(requirement.alternatives, context);
    case 'by_token':
      return Object.hasOwn(requirement.byToken, principal.tokenType)
        ? evaluateAll(requirement.byToken[principal.tokenType] ?? [], context)
        : forbidden(`This takes only: ${Object.keys(requirement.byToken).join(', ')}.`);
  }
}

function isActedFor(
  { actor, delegation }: Principal,
  { delegation: delegated }: AccessRequirement & { kind: 'no_impersonation' },
): boolean {
  return actor !== undefined || (delegation !== undefined && delegated === 'deny');
}

/** Whether a requirement may need a lookup at Clerk or a policy of the application. */
function mayNeedLookup(requirement: AccessRequirement): boolean {
  switch (requirement.kind) {
    case 'role':
    case 'permission':
    case 'organization':
    case 'policy':
      return true;
    case 'any_of':
      return requirement.alternatives.some((alternative) => alternative.some(mayNeedLookup));
    case 'by_token':
      return Object.values(requirement.byToken).some((requirements) =>
        requirements.some(mayNeedLookup),
      );
    default:
      return false;
  }
}

function scopes(
  { scopes: asked, mode }: AccessRequirement & { kind: 'scopes' },
  { scopes: granted, tokenType }: Principal,
  facts: AccessFacts,
): Refusal | undefined {
  if (!granted) {
    const needed = mode === 'any' ? 'needs one of' : 'needs';
    return forbidden(
      `A ${tokenType} carries no OAuth scopes, and this ${needed}: ${asked.join(', ')}.`,
    );
  }
  const holds = (scope: string): boolean => grants(facts, granted, scope);
  if (mode === 'all') {
    return asked.every(holds) ? undefined : { reason: 'insufficient_scope', scopes: asked };
  }
  return asked.some(holds)
    ? undefined
    : { reason: 'insufficient_scope', scopes: asked.slice(0, 1) };
}

function reverification(
  { reverification: asked }: AccessRequirement & { kind: 'reverification' },
  { factorAges, sessionId, tokenType }: Principal,
): Refusal | undefined {
  if (!factorAges && sessionId === undefined) {
    return forbidden(
      `This needs a user who verified recently, and a ${tokenType} does not contain the time of the verification.`,
    );
  }
  if (factorAges && isVerifiedLately(asked, factorAges)) return undefined;
  return { reason: 'reverification', reverification: asked };
}

function inOrganization(
  { principal, facts }: EvaluationContext,
  check: (organization: PrincipalOrganization) => Refusal | undefined,
): MaybePromise<Refusal | undefined> {
  if (!principal.organization) return withoutOrganization(principal, facts);
  const found = (organization: PrincipalOrganization | undefined): Refusal | undefined =>
    organization ? check(organization) : forbidden(NO_MEMBER);
  // An application may provide facts whose promises are not those of JavaScript.
  const membership = () => toMaybePromise(facts.membershipOf(principal));
  return catchError(() => andThen(membership(), found), outageOf);
}

/** A client can request a missing scope; otherwise the user has to choose an organization. */
function withoutOrganization(principal: Principal, facts: AccessFacts): Refusal | undefined {
  const scope = facts.organizationScopeOf(principal);
  return scope === undefined || grants(facts, principal.scopes ?? [], scope)
    ? forbidden(NO_ORGANIZATION)
    : { reason: 'insufficient_scope', scopes: [scope] };
}

function anyOf(
  alternatives: readonly (readonly AccessRequirement[])[],
  context: EvaluationContext,
): MaybePromise<Refusal | undefined> {
  // Alternatives without a lookup come first: if one is met, no lookup is needed.
  const inOrder = alternatives.toSorted(
    (one, other) => Number(needsLookup(one)) - Number(needsLookup(other)),
  );
  const refusals: MaybePromise<Refusal | undefined>[] = [];
  for (const alternative of inOrder) {
    const refusal = evaluateAll(alternative, context);
    if (refusal === undefined) return undefined;
    refusals.push(refusal);
  }
  return andThen(allOf(refusals), combineAny);
}

const needsLookup = (requirements: readonly AccessRequirement[]): boolean =>
  requirements.some(mayNeedLookup);

/** Roles and permissions may be written with or without `org:`. */
function prefixed(name: string): string {
  return name.replace(/^(org:)*/, 'org:');
}

function forbidden(description: string): Refusal | undefined {
  return { reason: 'forbidden', description };
}

function outageOf(error: unknown): Refusal | undefined {
  if (error instanceof AccessRefusedError) return error.refusal;
  throw error;
}

const NO_ORGANIZATION =
  'This needs a credential with an active organization. Choose one when you sign in.';
const NO_MEMBER = 'The user is not a member of the organization of the credential.';
