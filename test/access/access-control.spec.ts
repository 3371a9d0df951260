import { describe, expect, it, vi } from 'vitest';
import { AUTHENTICATED, PUBLIC, protectedBy } from '../../src/access/access-rule.js';
import { requirement } from '../../src/access/requirement.js';

import {
  NOW,
  admin,
  anyOf,
  control,
  expired,
  oauth,
  reasonOf,
  session,
  unavailable,
} from './support.js';

const delegated = oauth({ delegation: [{ subject: 'agent' }] });

describe('AccessControl', () => {
  it.each([
    ['lets anybody use what is public', PUBLIC, undefined, undefined],
    ['lets an expired principal use what is public', PUBLIC, expired, undefined],
    ['asks the anonymous to sign in', AUTHENTICATED, undefined, 'unauthenticated'],
    ['lets any principal use what asks for nothing', AUTHENTICATED, oauth(), undefined],
    ['takes an expired principal for anonymous', AUTHENTICATED, expired, 'unauthenticated'],
    [
      'takes an expiry that is no number for expired',
      AUTHENTICATED,
      oauth({ expiresAt: NaN }),
      'unauthenticated',
    ],
    [
      'knows credentials that never expire',
      AUTHENTICATED,
      oauth({ expiresAt: Infinity }),
      undefined,
    ],
    [
      'asks the anonymous to sign in before anything else',
      protectedBy(requirement.scopes('a'), requirement.role('admin')),
      undefined,
      'unauthenticated',
    ],
  ] as const)('%s', async (_, rule, principal, reason) => {
    const decision = (await control()).decide(rule, principal, NOW);
    expect(decision, 'it is known at once').not.toBeInstanceOf(Promise);
    expect((await decision).refusal?.reason).toBe(reason);
  });

  it('looks at the clock when it is given no time', async () => {
    const decide = (expiresAt: number) => access.decide(AUTHENTICATED, oauth({ expiresAt }));
    const access = await control();
    expect(await decide(Date.now() + 60_000)).toMatchObject({ allowed: true });
    expect(await decide(Date.now() - 1)).toMatchObject({ allowed: false });
  });

  describe.each([
    ['scopes, all of them', requirement.scopes('a', 'b'), oauth({ scopes: ['b', 'a', 'x'] })],
    ['scopes, any of them', requirement.anyScope('a', 'b'), oauth({ scopes: ['b'] })],
    ['a role', requirement.role('org:admin'), session({ organization: admin })],
    ['a role without its prefix', requirement.role('admin'), session({ organization: admin })],
    ['a permission', requirement.permission('org:notes:write'), session({ organization: admin })],
    [
      'a permission without its prefix',
      requirement.permission('notes:write'),
      session({ organization: admin }),
    ],
    ['an organization', requirement.organization(), oauth({ organization: { id: 'org_1' } })],
    [
      'a feature',
      requirement.feature('x'),
      session({ features: { organization: [], user: ['x'] } }),
    ],
    [
      'a feature of the organization',
      requirement.feature('org:x'),
      session({ features: { organization: ['x'], user: [] } }),
    ],
    ['a plan', requirement.plan('pro'), session({ plans: { organization: ['pro'], user: [] } })],
    [
      'a plan of the user',
      requirement.plan('user:pro'),
      session({ plans: { organization: [], user: ['pro'] } }),
    ],
    ['a kind of credential', requirement.tokens('session_token', 'api_key'), session()],
    ['nobody impersonating', requirement.noImpersonation(), session()],
    ['an actor by delegation', requirement.noImpersonation(), delegated],
    [
      'a late verification',
      requirement.reverification('moderate'),
      session({ factorAges: [70, 59] }),
    ],
    ['a policy', requirement.policy(({ principal }) => principal.subject === 'user_1'), session()],
  ] as const)('with %s', (_, requirement, principal) => {
    it('lets in who has it', async () => {
      expect(await reasonOf(principal, [requirement])).toBe('allowed');
    });

    it('refuses who has nothing', async () => {
      const nobody = oauth({ subject: 'user_2', actor: 'user_9' });
      expect(await reasonOf(nobody, [requirement])).not.toBe('allowed');
      expect(await reasonOf(undefined, [requirement])).toBe('unauthenticated');
    });
  });

  it.each([
    [
      'a scope is missing',
      oauth({ scopes: ['a'] }),
      requirement.scopes('a', 'b'),
      'insufficient_scope',
    ],
    [
      'a scope is only a part',
      oauth({ scopes: ['ab', 'A'] }),
      requirement.scopes('a'),
      'insufficient_scope',
    ],
    [
      'no scope of several',
      oauth({ scopes: ['c'] }),
      requirement.anyScope('a', 'b'),
      'insufficient_scope',
    ],
    ['a kind without scopes', session(), requirement.scopes('a'), 'forbidden'],
    [
      'the role of another',
      session({ organization: admin }),
      requirement.role('org:member'),
      'forbidden',
    ],
    ['no organization', session(), requirement.role('org:admin'), 'forbidden'],
    [
      'no role',
      oauth({ organization: { id: 'org_1' } }),
      requirement.role('org:admin'),
      'forbidden',
    ],
    [
      'no permissions',
      oauth({ organization: { id: 'org_1' } }),
      requirement.permission('x:y'),
      'forbidden',
    ],
    [
      'a feature of the user only',
      session({ features: { organization: [], user: ['x'] } }),
      requirement.feature('org:x'),
      'forbidden',
    ],
    [
      'a plan of the organization only',
      session({ plans: { organization: ['x'], user: [] } }),
      requirement.plan('user:x'),
      'forbidden',
    ],
    ['another kind', oauth(), requirement.tokens('session_token'), 'forbidden'],
    ['an impersonator', session({ actor: 'user_9' }), requirement.noImpersonation(), 'forbidden'],
    [
      'one who is not named',
      session({ actor: 'unknown' }),
      requirement.noImpersonation(),
      'forbidden',
    ],
    [
      'an actor by delegation',
      delegated,
      requirement.noImpersonation({ delegation: 'deny' }),
      'forbidden',
    ],
    [
      'an impersonator where delegation is let in',
      session({ actor: 'user_9' }),
      requirement.noImpersonation({ delegation: 'allow' }),
      'forbidden',
    ],
    [
      'a verification long ago',
      session({ factorAges: [1, 60] }),
      requirement.reverification('moderate'),
      'reverification',
    ],
    ['a session that does not say', session(), requirement.reverification('lax'), 'reverification'],
    ['a kind that never says', oauth(), requirement.reverification('lax'), 'forbidden'],
    ['a policy that says no', session(), requirement.policy(() => false), 'forbidden'],
    [
      'a policy that says nothing',
      session(),
      requirement.policy(() => undefined as never),
      'forbidden',
    ],
  ] as const)('refuses %s', async (_, principal, requirement, reason) => {
    expect(await reasonOf(principal, [requirement])).toBe(reason);
  });

  it('names every scope of the operation, so that one step-up is enough', async () => {
    const rule = protectedBy(
      requirement.scopes('a'),
      requirement.anyScope('b', 'c'),
      requirement.scopes('d'),
    );
    const decision = await (await control()).decide(rule, oauth({ scopes: ['d'] }), NOW);
    expect(decision.refusal).toEqual({
      reason: 'insufficient_scope',
      scopes: ['a', 'b', 'd'],
      granted: ['d'],
    });
  });

  it('takes a wider scope for a narrower one, where the application says so', async () => {
    const facts = { scopesGranting: (scope: string) => [scope, 'all'] };
    expect(await reasonOf(oauth({ scopes: ['all'] }), [requirement.scopes('a', 'b')], facts)).toBe(
      'allowed',
    );
    expect(await reasonOf(oauth({ scopes: ['a'] }), [requirement.scopes('all')], facts)).toBe(
      'insufficient_scope',
    );
  });

  it('sends nobody to ask for scopes in vain', async () => {
    const both = [
      requirement.scopes('a'),
      requirement.policy(async () => ({ reason: 'Not you.' })),
    ];
    expect(await reasonOf(oauth(), both)).toBe('forbidden');
    expect(await reasonOf(oauth(), [requirement.scopes('a'), requirement.organization()])).toBe(
      'forbidden',
    );
  });

  it('asks nobody about a principal whom the credential rules out', async () => {
    const policy = vi.fn(() => true);
    const membershipOf = vi.fn();
    const rule = [
      requirement.policy(policy),
      requirement.role('admin'),
      requirement.tokens('session_token'),
    ];
    expect(await reasonOf(oauth({ organization: admin }), rule, { membershipOf })).toBe(
      'forbidden',
    );
    expect([policy, membershipOf].map((fn) => fn.mock.calls.length)).toEqual([0, 0]);
  });

  it.each([requirement.role('admin'), requirement.permission('a:b'), requirement.organization()])(
    'fails closed, and as an outage, where a membership cannot be found out: $kind',
    async (membership) => {
      const principal = oauth({ organization: { id: 'org_1' } });
      const facts = { membershipOf: unavailable };
      expect(await reasonOf(principal, [membership], facts)).toBe('unavailable');
      expect(await reasonOf(principal, [membership, requirement.scopes('a')], facts)).toBe(
        'unavailable',
      );
      const gone = { membershipOf: () => Promise.resolve(undefined) };
      expect(await reasonOf(principal, [membership], gone)).toBe('forbidden');
      // As of a query builder.
      const query = { then: (resolve: (found: undefined) => void) => resolve(undefined) };
      const asked = { membershipOf: () => query as Promise<undefined> };
      expect(await reasonOf(principal, [membership], asked)).toBe('forbidden');
    },
  );

  describe('any of several ways', () => {
    it('is open where one is', async () => {
      const ways = anyOf(
        [requirement.role('admin')],
        [requirement.scopes('a'), requirement.noImpersonation()],
      );
      expect(await reasonOf(session({ organization: admin }), [ways])).toBe('allowed');
      expect(await reasonOf(oauth({ scopes: ['a'] }), [ways])).toBe('allowed');
      expect(await reasonOf(session(), [ways])).toBe('forbidden');
    });

    it('asks nobody where one is open at once', async () => {
      const policy = vi.fn(() => false);
      const ways = anyOf([requirement.policy(policy)], [requirement.tokens('oauth_token')]);
      expect(await reasonOf(oauth(), [ways])).toBe('allowed');
      expect(policy).not.toHaveBeenCalled();
    });

    it('points to the way that is nearest to be open', async () => {
      const ways = anyOf([requirement.tokens('api_key')], [requirement.scopes('a')]);
      expect(await reasonOf(oauth(), [ways])).toBe('insufficient_scope');
      const verify = anyOf([requirement.plan('pro')], [requirement.reverification('lax')]);
      expect(await reasonOf(session(), [verify])).toBe('reverification');
    });

    it('is an outage where the way that cannot be decided may be open', async () => {
      const ways = anyOf([requirement.role('admin')], [requirement.scopes('a')]);
      const principal = oauth({ organization: { id: 'org_1' } });
      expect(await reasonOf(principal, [ways], { membershipOf: unavailable })).toBe('unavailable');
    });
  });
});
