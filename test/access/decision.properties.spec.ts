import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AccessRequirement, protectedBy } from '../../src/access/access-rule.js';
import { RequestAccess } from '../../src/access/request-access.js';
import { requirement } from '../../src/access/requirement.js';
import type { Principal } from '../../src/request/principal.js';
import { runs } from '../support/runs.js';
import { control, oauth } from './support.js';

const SCOPES = ['a', 'b', 'c'];
const KINDS = ['oauth_token', 'session_token', 'api_key'];
const policies = [() => true, () => false, async () => true, async () => false] as const;

const principals: fc.Arbitrary<Principal> = fc
  .record({
    tokenType: fc.constantFrom(...KINDS),
    scopes: fc.option(fc.subarray(SCOPES), { nil: undefined }),
    actor: fc.option(fc.constant('user_9'), { nil: undefined }),
    delegation: fc.option(fc.constant([{ subject: 'agent' }]), { nil: undefined }),
    organization: fc.option(
      fc.record({ id: fc.constant('org_1'), role: fc.constantFrom('org:admin', 'org:member') }),
      { nil: undefined },
    ),
    sessionId: fc.option(fc.constant('sess_1'), { nil: undefined }),
    factorAges: fc.option(
      fc.tuple(fc.integer({ min: -1, max: 90 }), fc.integer({ min: -1, max: 90 })),
      { nil: undefined },
    ),
  })
  .map((parts) => {
    const given = Object.entries(parts).filter(([, value]) => value !== undefined);
    const { scopes: _, ...bare } = oauth({ expiresAt: Infinity });
    return { ...bare, ...Object.fromEntries(given) };
  });

const leaf: fc.Arbitrary<AccessRequirement> = fc.oneof(
  fc
    .subarray(SCOPES, { minLength: 1 })
    .map((scopes) => requirement.scopes(...(scopes as [string]))),
  fc
    .subarray(SCOPES, { minLength: 1 })
    .map((scopes) => requirement.anyScope(...(scopes as [string]))),
  fc.constantFrom('admin', 'org:member').map(requirement.role),
  fc.constant(requirement.organization()),
  fc.constant(requirement.noImpersonation()),
  fc.constant(requirement.noImpersonation({ delegation: 'deny' })),
  fc.constant(requirement.reverification('moderate')),
  fc.subarray(KINDS, { minLength: 1 }).map((kinds) => requirement.tokens(...(kinds as [string]))),
  fc.constantFrom(...policies).map(requirement.policy),
);

const { anyRequirement } = fc.letrec<{ anyRequirement: AccessRequirement }>((tie) => {
  const way = fc.array(tie('anyRequirement'), { maxLength: 3 });
  return {
    anyRequirement: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { arbitrary: leaf, weight: 4 },
      {
        arbitrary: fc
          .array(way, { minLength: 1, maxLength: 3 })
          .map((alternatives) => ({ kind: 'any_of', alternatives }) as const),
        weight: 1,
      },
      {
        arbitrary: fc
          .dictionary(fc.constantFrom(...KINDS), way)
          .map((byToken) => ({ kind: 'by_token', byToken }) as const),
        weight: 1,
      },
    ),
  };
});
const rule = fc.array(anyRequirement, { maxLength: 4 }).map((all) => protectedBy(...all));

/** The meaning of a rule, said as plainly as can be. */
async function holds(asked: AccessRequirement, who: Principal): Promise<boolean> {
  switch (asked.kind) {
    case 'scopes': {
      const has = (scope: string) => who.scopes?.includes(scope) === true;
      return asked.mode === 'all' ? asked.scopes.every(has) : asked.scopes.some(has);
    }
    case 'role':
      return who.organization?.role === `org:${asked.role.replace('org:', '')}`;
    case 'organization':
      return who.organization !== undefined;
    case 'no_impersonation':
      if (who.actor !== undefined) return false;
      return asked.delegation !== 'deny' || who.delegation === undefined;
    case 'tokens':
      return asked.tokens.includes(who.tokenType);
    case 'reverification': {
      const [first, second] = who.factorAges ?? [-1, -1];
      const age = second === -1 ? first : second;
      return age !== -1 && age < 60;
    }
    case 'policy':
      return (await (asked.policy as (typeof policies)[number])()) === true;
    case 'any_of':
      return (await Promise.all(asked.alternatives.map((way) => allHold(way, who)))).includes(true);
    case 'by_token': {
      const way = new Map(Object.entries(asked.byToken)).get(who.tokenType);
      return way !== undefined && allHold(way, who);
    }
    default:
      throw new Error(asked.kind);
  }
}

async function allHold(all: readonly AccessRequirement[], who: Principal): Promise<boolean> {
  return (await Promise.all(all.map((one) => holds(one, who)))).every(Boolean);
}

describe('a decision', () => {
  it('is what its rule means, however deep that goes', async () => {
    const access = await control();
    const seen = { true: 0, false: 0 };
    await fc.assert(
      fc.asyncProperty(rule, principals, async (asked, who) => {
        const { allowed } = await access.decide(asked, who);
        const expected = await allHold(asked.kind === 'protected' ? asked.requirements : [], who);
        seen[`${expected}`] += 1;
        expect(allowed).toBe(expected);
      }),
      { numRuns: runs(1_000) },
    );
    expect(Math.min(seen.true, seen.false), 'both occur').toBeGreaterThan(runs(30));
  });

  it('never lets an anonymous or expired caller past a protected rule', async () => {
    const access = await control();
    await fc.assert(
      fc.asyncProperty(
        rule,
        principals,
        fc.constantFrom(0, NaN, -Infinity),
        async (asked, who, expiresAt) => {
          for (const caller of [undefined, { ...who, expiresAt }]) {
            const { refusal } = await access.decide(asked, caller);
            expect(refusal).toEqual({ reason: 'unauthenticated' });
          }
        },
      ),
    );
  });

  it('says the same for a list as for a call', async () => {
    const shared = await control();
    await fc.assert(
      fc.asyncProperty(fc.array(rule, { maxLength: 6 }), principals, async (rules, who) => {
        const listed = await new RequestAccess(shared, who, {}).allowed(rules);
        for (const one of rules) {
          const { allowed } = await new RequestAccess(shared, who, {}).decide(one);
          expect(listed.has(one)).toBe(allowed);
        }
      }),
      { numRuns: runs(250) },
    );
  });

  it('adds nothing to what a caller may do when a condition is added', async () => {
    const access = await control();
    await fc.assert(
      fc.asyncProperty(rule, anyRequirement, principals, async (asked, more, who) => {
        const narrower = protectedBy(
          ...(asked.kind === 'protected' ? asked.requirements : []),
          more,
        );
        const [one, other] = await Promise.all([
          access.decide(narrower, who),
          access.decide(asked, who),
        ]);
        expect(one.allowed && !other.allowed).toBe(false);
      }),
      { numRuns: runs(1_000) },
    );
  });

  it('asks for scopes only of who lacks one, and names those that are missing', async () => {
    const access = await control();
    await fc.assert(
      fc.asyncProperty(rule, principals, async (asked, who) => {
        const { refusal } = await access.decide(asked, who);
        if (refusal?.reason !== 'insufficient_scope') return;
        expect(who.scopes).toBeDefined();
        expect(refusal.scopes.every((scope) => who.scopes?.includes(scope))).toBe(false);
        // Who comes back with them is not asked for the same ones again.
        const scopes = [...new Set([...(who.scopes ?? []), ...refusal.scopes])];
        const again = await access.decide(asked, { ...who, scopes });
        expect(again.refusal).not.toEqual(refusal);
      }),
      { numRuns: runs(700) },
    );
  });
});
