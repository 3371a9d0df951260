import { AccessRefusedError } from './access.errors.js';
import type { AccessFacts } from './access-facts.js';
import type { AccessRequirement } from './access-rule.js';
import { isEntitled, type Principal, type PrincipalOrganization } from '../request/principal.js';
import { combineAny, combineAll, type Finding } from './combine-refusals.js';
import { allOf, catchError, andThen, type MaybePromise } from '../request/value-or-promise.js';
import { noteRequirement } from './refusal.js';
import { isVerifiedLately } from './verified-lately.js';

/** What conditions are held against. */
export interface Evidence {
  readonly principal: Principal;
  readonly facts: AccessFacts;
  readonly policies: {
    ask(
      requirement: AccessRequirement & { kind: 'policy' },
      principal: Principal,
    ): MaybePromise<Finding>;
  };
}

/**
 * Whether all conditions hold. What the credential says by itself comes first; where that refuses for
 * good, nobody else is asked.
 */
export function evaluateAll(
  requirements: readonly AccessRequirement[],
  evidence: Evidence,
): MaybePromise<Finding> {
  const local = requirements.filter((one) => !asksOthers(one));
  const findings = local.map((one) => evaluate(one, evidence));
  const known = findings.filter((finding): finding is Finding => !(finding instanceof Promise));
  const whole = (all: readonly Finding[]): Finding =>
    withEveryScope(combineAll(all), requirements, evidence);
  const final = whole(known);
  if (local.length === requirements.length || final?.reason === 'forbidden') return final;
  const others = requirements.filter(asksOthers).map((one) => evaluate(one, evidence));
  return andThen(allOf(others), (asked) => whole([...known, ...asked]));
}

/** Names the scopes that are held with those that are missing: a new token replaces the old one. */
function withEveryScope(
  finding: Finding,
  requirements: readonly AccessRequirement[],
  { principal: { scopes: granted = [] }, facts }: Evidence,
): Finding {
  if (finding?.reason !== 'insufficient_scope') return finding;
  const held = requirements.flatMap((one) =>
    one.kind === 'scopes'
      ? one.scopes.filter((scope) => grants(facts, granted, scope)).slice(0, countOf(one))
      : [],
  );
  const order = requirements.flatMap((one) => (one.kind === 'scopes' ? one.scopes : []));
  const scopes = [...new Set([...held, ...finding.scopes])];
  return { ...finding, scopes: scopes.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)) };
}

const countOf = ({ mode, scopes: all }: AccessRequirement & { kind: 'scopes' }): number =>
  mode === 'any' ? 1 : all.length;

function grants(facts: AccessFacts, granted: readonly string[], scope: string): boolean {
  return facts.scopesGranting(scope).some((one) => granted.includes(one));
}

/** Whether one condition holds. */
export function evaluate(
  requirement: AccessRequirement,
  evidence: Evidence,
): MaybePromise<Finding> {
  return andThen(check(requirement, evidence), (finding) => {
    if (finding) noteRequirement(finding, requirement);
    return finding;
  });
}

function check(requirement: AccessRequirement, evidence: Evidence): MaybePromise<Finding> {
  const { principal, facts, policies } = evidence;
  switch (requirement.kind) {
    case 'scopes':
      return scopes(requirement, principal, facts);
    case 'role':
      return inOrganization(evidence, ({ role }) =>
        role !== undefined && prefixed(role) === prefixed(requirement.role)
          ? undefined
          : forbidden(`This needs the role ${requirement.role} in the organization.`),
      );
    case 'permission':
      return inOrganization(evidence, ({ permissions }) =>
        permissions?.includes(prefixed(requirement.permission))
          ? undefined
          : forbidden(`This needs the permission ${requirement.permission} in the organization.`),
      );
    case 'organization':
      return inOrganization(evidence, () => undefined);
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
      return policies.ask(requirement, principal);
    case 'any_of':
      return anyOf(requirement.ways, evidence);
    case 'by_token':
      return Object.hasOwn(requirement.byToken, principal.tokenType)
        ? evaluateAll(requirement.byToken[principal.tokenType] ?? [], evidence)
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
      return requirement.ways.some((way) => way.some(asksOthers));
    case 'by_token':
      return Object.values(requirement.byToken).some((way) => way.some(asksOthers));
    default:
      return false;
  }
}

function scopes(
  { scopes: asked, mode }: AccessRequirement & { kind: 'scopes' },
  { scopes: granted, tokenType }: Principal,
  facts: AccessFacts,
): Finding {
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
): Finding {
  if (!factorAges && sessionId === undefined) {
    return forbidden(
      `This needs a user who has verified lately, and a ${tokenType} does not say when that was.`,
    );
  }
  if (factorAges && isVerifiedLately(asked, factorAges)) return undefined;
  return { reason: 'reverification', reverification: asked };
}

function inOrganization(
  { principal, facts }: Evidence,
  judge: (organization: PrincipalOrganization) => Finding,
): MaybePromise<Finding> {
  if (!principal.organization) return withoutOrganization(principal, facts);
  const found = (organization: PrincipalOrganization | undefined): Finding =>
    organization ? judge(organization) : forbidden(NO_MEMBER);
  return catchError(() => andThen(facts.membershipOf(principal), found), outageOf);
}

/** A scope that is missing can be asked for; a person who chose no organization has to choose one. */
function withoutOrganization(principal: Principal, facts: AccessFacts): Finding {
  const scope = facts.organizationScopeOf(principal);
  return scope === undefined || grants(facts, principal.scopes ?? [], scope)
    ? forbidden(NO_ORGANIZATION)
    : { reason: 'insufficient_scope', scopes: [scope] };
}

function anyOf(
  ways: readonly (readonly AccessRequirement[])[],
  evidence: Evidence,
): MaybePromise<Finding> {
  // What is known at once may spare the question to somebody else.
  const inOrder = ways.toSorted((one, other) => Number(asks(one)) - Number(asks(other)));
  const findings: MaybePromise<Finding>[] = [];
  for (const way of inOrder) {
    const finding = evaluateAll(way, evidence);
    if (finding === undefined) return undefined;
    findings.push(finding);
  }
  return andThen(allOf(findings), combineAny);
}

const asks = (way: readonly AccessRequirement[]): boolean => way.some(asksOthers);

/** Roles and permissions are written with and without their prefix. */
function prefixed(name: string): string {
  return name.replace(/^(org:)*/, 'org:');
}

function forbidden(description: string): Finding {
  return { reason: 'forbidden', description };
}

function outageOf(error: unknown): Finding {
  if (error instanceof AccessRefusedError) return error.refusal;
  throw error;
}

const NO_ORGANIZATION =
  'This needs a credential that acts in an organization. Choose one when you sign in.';
const NO_MEMBER = 'The user is no member of the organization of the credential.';
