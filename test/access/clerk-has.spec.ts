import { createCheckAuthorization } from '@clerk/shared/authorization';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AccessRequirement,
  type Reverification,
  protectedBy,
} from '../../src/access/access-rule.js';
import { principalOfJwt } from '../../src/clerk/tokens/jwt-principal.js';
import { runs } from '../support/runs.js';
import { control } from './support.js';

const presets = fc.constantFrom<Reverification>('strict_mfa', 'strict', 'moderate', 'lax');
const level = fc.constantFrom('first_factor', 'second_factor', 'multi_factor');
const reverification = fc.oneof(
  presets,
  fc.record({ level, afterMinutes: fc.integer({ min: 1, max: 100 }) }),
);
const name = fc.constantFrom(
  'admin',
  'org:admin',
  'member',
  'org:member',
  'notes:write',
  'org:notes:write',
  'org:org:admin',
);
const entitlement = fc.constantFrom(
  'pro',
  'org:pro',
  'user:pro',
  'o:pro',
  'u:pro',
  'team',
  'org:team',
);

const requirement: fc.Arbitrary<AccessRequirement> = fc.oneof(
  name.map((role) => ({ kind: 'role', role }) as const),
  name.map((permission) => ({ kind: 'permission', permission }) as const),
  entitlement.map((feature) => ({ kind: 'feature', feature }) as const),
  entitlement.map((plan) => ({ kind: 'plan', plan }) as const),
  reverification.map(
    (asked) => ({ kind: 'reverification', reverification: asked as Reverification }) as const,
  ),
);

const age = fc.oneof(fc.integer({ min: -1, max: 100 }), fc.constantFrom(-2, NaN, Infinity, 1_500));
const claim = fc.oneof(
  fc.constant(undefined),
  fc
    .array(fc.constantFrom('o:pro', 'u:pro', 'ou:team', 'uo:pro', ' o:team', 'x:pro', 'pro', ''), {
      maxLength: 3,
    })
    .map((all) => all.join(',')),
);

const token = fc.record({
  organization: fc.option(
    fc.record({
      id: fc.constant('org_1'),
      slug: fc.constant(undefined),
      role: fc.option(name, { nil: undefined }),
      permissions: fc.option(fc.array(name, { maxLength: 3 }), { nil: undefined }),
    }),
    { nil: undefined },
  ),
  fea: claim,
  pla: claim,
  fva: fc.option(fc.array(age, { minLength: 1, maxLength: 3 }), { nil: undefined }),
});

describe('decisions on session tokens', () => {
  it("agree with Clerk's has(), whatever the token says and the rule asks for", async () => {
    const access = await control();
    const seen = { true: 0, false: 0 };
    await fc.assert(
      fc.asyncProperty(token, requirement, async ({ organization, ...claims }, asked) => {
        const has = createCheckAuthorization({
          userId: 'user_1',
          orgId: organization?.id,
          orgRole: organization?.role,
          orgPermissions: organization?.permissions,
          factorVerificationAge: claims.fva as [number, number],
          features: claims.fea ?? '',
          plans: claims.pla ?? '',
        } as Parameters<typeof createCheckAuthorization>[0]);
        const { kind: _, ...params } = asked;
        const principal = principalOfJwt(
          'session_token',
          { sub: 'user_1', iss: 'https://issuer.test', sid: 'sess_1', exp: Infinity, ...claims },
          organization,
        );
        const { allowed } = await access.decide(protectedBy(asked), principal);
        const expected = has(params as Parameters<typeof has>[0]);
        seen[`${expected}`] += 1;
        expect(allowed).toBe(expected);
      }),
      { numRuns: runs(1_500) },
    );
    expect(Math.min(seen.true, seen.false), 'both answers occur').toBeGreaterThan(runs(30));
  });
});
