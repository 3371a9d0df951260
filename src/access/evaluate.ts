import { AccessRefusedError } from './access.errors.js';
import type { AccessFacts } from './access-facts.js';
import type { AccessRequirement } from './access-rule.js';
import { isEntitled, type Principal, type PrincipalOrganization } from '../request/principal.js';
import { combineAny, combineAll } from './combine-refusals.js';
import { allOf, catchError, andThen, type MaybePromise } from '../request/value-or-promise.js';
import { noteRequirement, type Refusal } from './refusal.js';
import { isVerifiedLately } from './verified-lately.js';

/** What conditions are held against. */
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

/**
 * Whether all conditions hold. What the credential says by itself comes first; where that refuses for
 * good, nobody else is asked.
 */
export function evaluateAll(
  requirements: readonly AccessRequirement[],
  context: EvaluationContext,
): MaybePromise<Refusal | undefined> {
  const local = requirements.filter((one) => !asksOthers(one));
  const refusals = local.map((one) => evaluate(one, context));
  const known = refusals.filter(
    (refusal): refusal is Refusal | undefined => !(refusal instanceof Promise),
  );
  const whole = (all: readonly (Refusal | undefined)[]): Refusal | undefined =>
    withEveryScope(combineAll(all), requirements, context);
  const final = whole(known);
  if (local.length === requirements.length || final?.reason === 'forbidden') return final;
  const others = requirements.filter(asksOthers).map((one) => evaluate(one, context));
  return andThen(allOf(others), (asked) => whole([...known, ...asked]));
}

/** Names the scopes that are held with those that are missing: a new token replaces the old one. */
function withEveryScope(
  refusal: Refusal | undefined,
  requirements: readonly AccessRequirement[],
  { principal: { scopes: granted = [] }, facts }: EvaluationContext,
): Refusal | undefined {
  if (refusal?.reason !== 'insufficient_scope') return refusal;
  const held = requirements.flatMap((one) =>
    one.kind === 'scopes'
      ? one.scopes.filter((scope) => grants(facts, granted, scope)).slice(0, countOf(one))
      : [],
  );
  const order = requirements.flatMap((one) => (one.kind === 'scopes' ? one.scopes : []));
  const scopes = [...new Set([...held, ...refusal.scopes])];
  return { ...refusal, scopes: scopes.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)) };
}

const countOf = ({ mode, scopes: all }: AccessRequirement & { kind: 'scopes' }): number =>
  mode === 'any' ? 1 : all.length;

function grants(facts: AccessFacts, granted: readonly string[], scope: string): boolean {
  return facts.scopesGranting(scope).some((one) => granted.includes(one));
}

/** Whether one condition holds. */
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
        ? forbidden('This is not for somebody who acts in the name of the user.')
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
  return actor !== undefined || (delegation !== undefined && delegated !== 'allow');
}

/** Whether a condition may have to ask somebody: Clerk, or a policy of the application. */
function asksOthers(requirement: AccessRequirement): boolean {
  switch (requirement.kind) {
    case 'role':
    case 'permission':
    case 'organization':
    case 'policy':
      return true;
    case 'any_of':
      return requirement.alternatives.some((alternative) => alternative.some(asksOthers));
    case 'by_token':
      return Object.values(requirement.byToken).some((requirements) => requirements.some(asksOthers));
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
      `This needs a user who has verified lately, and a ${tokenType} does not say when that was.`,
    );
  }
  if (factorAges && isVerifiedLately(asked, factorAges)) return undefined;
  return { reason: 'reverification', reverification: asked };
}

function inOrganization(
  { principal, facts }: EvaluationContext,
  judge: (organization: PrincipalOrganization) => Refusal | undefined,
): MaybePromise<Refusal | undefined> {
  if (!principal.organization) return withoutOrganization(principal, facts);
  const found = (organization: PrincipalOrganization | undefined): Refusal | undefined =>
    organization ? judge(organization) : forbidden(NO_MEMBER);
  return catchError(() => andThen(facts.membershipOf(principal), found), outageOf);
}

/** A scope that is missing can be asked for; a person who chose no organization has to choose one. */
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
  // What is known at once may spare the question to somebody else.
  const inOrder = alternatives.toSorted((one, other) => Number(asks(one)) - Number(asks(other)));
  const refusals: MaybePromise<Refusal | undefined>[] = [];
  for (const alternative of inOrder) {
    const refusal = evaluateAll(alternative, context);
    if (refusal === undefined) return undefined;
    refusals.push(refusal);
  }
  return andThen(allOf(refusals), combineAny);
}

const asks = (requirements: readonly AccessRequirement[]): boolean => requirements.some(asksOthers);

/** Roles and permissions are written with and without their prefix. */
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
  'This needs a credential that acts in an organization. Choose one when you sign in.';
const NO_MEMBER = 'The user is no member of the organization of the credential.';
