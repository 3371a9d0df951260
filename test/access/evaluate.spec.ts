import { describe, expect, it, vi } from 'vitest';
import type { AccessFacts } from '../../src/access/access-facts.js';
import { type AccessRequirement, protectedBy } from '../../src/access/access-rule.js';
import { requirement } from '../../src/access/requirement.js';
import type { Principal } from '../../src/request/principal.js';
import { NOW, admin, anyOf, byToken, control, oauth, reasonOf, session } from './support.js';

async function refusalOf(
  principal: Principal,
  requirements: readonly AccessRequirement[],
  facts: Partial<AccessFacts> = {},
) {
  const access = await control(facts);
  return (await access.decide(protectedBy(...requirements), principal, NOW)).refusal;
}

describe.each<[string, (lookup: AccessRequirement) => AccessRequirement]>([
  ['in an alternative', (lookup) => anyOf([lookup])],
  ['behind scopes in an alternative', (lookup) => anyOf([requirement.scopes('a'), lookup])],
  [
    'behind an alternative for another credential',
    (lookup) => anyOf([requirement.tokens('api_key')], [lookup]),
  ],
  ['for a kind of credential', (lookup) => byToken({ oauth_token: [lookup] })],
  [
    'behind scopes for a kind of credential',
    (lookup) => byToken({ oauth_token: [requirement.scopes('a'), lookup] }),
  ],
  [
    'behind scopes for a kind of credential, beside a kind that needs nothing',
    (lookup) => byToken({ api_key: [], oauth_token: [requirement.scopes('a'), lookup] }),
  ],
])('a requirement that needs a lookup, %s', (_, nest) => {
  const who = oauth({ scopes: ['a'], organization: { id: 'org_1' } });

  it.each([
    requirement.role('admin'),
    requirement.permission('notes:write'),
    requirement.organization(),
  ])('is waited for: $kind', async (lookup) => {
    const membershipOf = vi.fn(async () => undefined);
    expect(await reasonOf(who, [nest(lookup)], { membershipOf: async () => admin })).toBe(
      'allowed',
    );
    expect(await reasonOf(who, [nest(lookup)], { membershipOf })).toBe('forbidden');
    expect(membershipOf).toHaveBeenCalledTimes(1);
  });

  it.each([
    requirement.role('admin'),
    requirement.permission('notes:write'),
    requirement.organization(),
  ])('causes no lookup for a caller whom the credential rules out: $kind', async (lookup) => {
    const membershipOf = vi.fn(async () => admin);
    const rule = [nest(lookup), requirement.tokens('session_token')];
    expect(await reasonOf(who, rule, { membershipOf })).toBe('forbidden');
    expect(membershipOf).not.toHaveBeenCalled();
  });

  it('calls no policy for a caller whom the credential rules out', async () => {
    const policy = vi.fn(async () => true);
    const nested = nest(requirement.policy(policy));
    expect(await reasonOf(who, [nested, requirement.tokens('session_token')])).toBe('forbidden');
    expect(policy).not.toHaveBeenCalled();
    expect(await reasonOf(who, [nested, requirement.tokens('oauth_token')])).toBe('allowed');
    expect(policy).toHaveBeenCalledTimes(1);
  });
});

describe('alternatives', () => {
  it('need no lookup where one without a lookup is met, wherever it stands', async () => {
    const policy = vi.fn(() => true);
    const alternatives = anyOf(
      [requirement.scopes('a'), requirement.policy(policy)],
      [requirement.tokens('oauth_token')],
    );
    expect(await reasonOf(oauth({ scopes: ['a'] }), [alternatives])).toBe('allowed');
    expect(policy).not.toHaveBeenCalled();
  });
});

describe('a requirement that the credential meets', () => {
  it('is evaluated once, although others need a lookup', async () => {
    const scopesGranting = vi.fn((scope: string) => [scope]);
    const rule = [requirement.scopes('a'), requirement.policy(async () => true)];
    expect(await reasonOf(oauth({ scopes: ['a'] }), rule, { scopesGranting })).toBe('allowed');
    expect(scopesGranting.mock.calls).toEqual([['a']]);
  });
});

describe('a rule that denies delegation', () => {
  it('accepts a caller without a delegation, and refuses an agent', async () => {
    const inPerson = requirement.noImpersonation({ delegation: 'deny' });
    expect(await reasonOf(oauth(), [inPerson])).toBe('allowed');
    const agent = oauth({ delegation: [{ subject: 'agent' }] });
    expect(await reasonOf(agent, [inPerson])).toBe('forbidden');
  });
});

describe('the scopes of a step-up', () => {
  it('contain all scopes of the rule that the caller holds', async () => {
    const rule = [requirement.scopes('a', 'b'), requirement.scopes('c')];
    expect(await refusalOf(oauth({ scopes: ['b', 'a'] }), rule)).toEqual({
      reason: 'insufficient_scope',
      scopes: ['a', 'b', 'c'],
      granted: ['b', 'a'],
    });
  });

  it('can be requested by a kind of credential that carries none', async () => {
    const facts = { organizationScopeOf: () => 'see:org' };
    expect(await refusalOf(session(), [requirement.organization()], facts)).toEqual({
      reason: 'insufficient_scope',
      scopes: ['see:org'],
    });
  });
});
