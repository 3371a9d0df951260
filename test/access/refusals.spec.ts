import { describe, expect, it, vi } from 'vitest';
import { callerKey, addressKey } from '../../src/request/caller-key.js';
import { noteAddress, addressOf } from '../../src/request/request-address.js';
import { markEndpointGuards, isAtEndpointGuards } from '../../src/request/guard-phase.js';
import { AccessRefusedError } from '../../src/access/access.errors.js';
import { AccessFacts, CredentialFacts } from '../../src/access/access-facts.js';
import { type AccessRequirement, protectedBy } from '../../src/access/access-rule.js';
import { requirement } from '../../src/access/requirement.js';
import type { Principal } from '../../src/request/principal.js';
import {
  describeOutage,
  isOutage,
  refusingRequirement,
  type Refusal,
} from '../../src/access/refusal.js';
import { NOW, admin, control, oauth, session } from './support.js';

async function refusalOf(
  who: Principal,
  asked: readonly AccessRequirement[],
  facts: Partial<AccessFacts> = {},
) {
  const { refusal } = await (await control(facts)).decide(protectedBy(...asked), who, NOW);
  return refusal;
}

const member = session({ organization: { id: 'org_1', role: 'org:member', permissions: [] } });

describe('the words of a refusal', () => {
  it.each<[string, Principal, AccessRequirement]>([
    ['This needs the role org:admin in the organization.', member, requirement.role('org:admin')],
    ['This needs the permission a:b in the organization.', member, requirement.permission('a:b')],
    ['This needs the feature x.', member, requirement.feature('x')],
    ['This needs the plan x.', member, requirement.plan('x')],
    ['This takes only: api_key, m2m_token.', member, requirement.tokens('api_key', 'm2m_token')],
    [
      'This takes only: api_key, m2m_token.',
      member,
      { kind: 'by_token', byToken: { api_key: [], m2m_token: [] } },
    ],
    [
      'This is not allowed for a caller that acts as another user.',
      session({ actor: 'user_2' }),
      requirement.noImpersonation(),
    ],
    [
      'A session_token carries no OAuth scopes, and this needs: a, b.',
      member,
      requirement.scopes('a', 'b'),
    ],
    [
      'A session_token carries no OAuth scopes, and this needs one of: a, b.',
      member,
      requirement.anyScope('a', 'b'),
    ],
    [
      'This needs a user who verified recently, and a oauth_token does not contain the time of the verification.',
      oauth(),
      requirement.reverification('lax'),
    ],
    [
      'This needs a credential with an active organization. Choose one when you sign in.',
      session(),
      requirement.organization(),
    ],
    [
      'A policy of this server does not allow this.',
      member,
      requirement.policy(() => null as never),
    ],
  ])('%s', async (description, who, requirement) => {
    const refusal = await refusalOf(who, [requirement]);
    expect(refusal).toEqual({ reason: 'forbidden', description });
    expect(refusal && refusingRequirement(refusal)?.kind).toBe(requirement.kind);
  });

  it('say that a member is none any more', async () => {
    const facts = { membershipOf: async () => undefined };
    expect(
      await refusalOf(oauth({ organization: admin }), [requirement.role('admin')], facts),
    ).toEqual({
      reason: 'forbidden',
      description: 'The user is not a member of the organization of the credential.',
    });
  });
});

describe('the condition that refused', () => {
  it('is the innermost one, with the name of a policy', async () => {
    function quota() {
      return false;
    }
    const refusal = await refusalOf(session(), [
      { kind: 'by_token', byToken: { session_token: [requirement.policy(quota)] } },
    ]);
    expect(refusal && refusingRequirement(refusal)).toEqual({ kind: 'policy', policy: 'quota' });
  });

  it('has no policy where none refused', async () => {
    const refusal = await refusalOf(session(), [requirement.plan('pro')]);
    expect(refusal && refusingRequirement(refusal)).toStrictEqual({ kind: 'plan' });
  });

  it('is scopes for missing ones, and nothing for a refusal of somebody else', async () => {
    const refusal = await refusalOf(oauth(), [requirement.scopes('a'), requirement.anyScope('b')]);
    expect(refusal && refusingRequirement(refusal)).toEqual({ kind: 'scopes' });
    expect(refusingRequirement({ reason: 'unauthenticated' })).toBeUndefined();
  });
});

describe('an outage', () => {
  const outage = { reason: 'unavailable', retryAfter: 5 } as const;

  it('leaves every decision open, while a policy that fails leaves its own', () => {
    expect(isOutage(outage)).toBe(true);
    expect(isOutage({ reason: 'misconfigured' })).toBe(true);
    const others: (Refusal | undefined)[] = [{ ...outage, policy: 'Quota' }, undefined];
    for (const other of [...others, { reason: 'too_many_requests', retryAfter: 5 } as const]) {
      expect(isOutage(other)).toBe(false);
    }
  });

  it('is described without the name of the policy', () => {
    expect(describeOutage(outage)).toBe('The authorization server cannot be reached.');
    expect(describeOutage({ ...outage, policy: 'Quota' })).toBe(
      'Whether you may use this could not be decided: a policy of this server failed.',
    );
  });
});

describe('the scopes of a step-up', () => {
  it.each([
    [['a', 'b'], [], [requirement.scopes('a', 'b')]],
    [['a', 'b'], ['b'], [requirement.scopes('a'), requirement.scopes('b')]],
    [['a', 'c'], ['c'], [requirement.scopes('a'), requirement.anyScope('b', 'c', 'd')]],
    [
      ['a', 'b'],
      ['b', 'd'],
      [requirement.scopes('a'), requirement.anyScope('b', 'c', 'd')],
    ],
    [
      ['b', 'a'],
      ['b'],
      [requirement.scopes('b'), requirement.tokens('oauth_token'), requirement.scopes('a')],
    ],
    [
      ['x', 'b'],
      ['x'],
      [
        requirement.scopes('x'),
        { kind: 'any_of', alternatives: [[requirement.scopes('b')]] } as const,
      ],
    ],
  ])('are %j for who holds %j', async (expected, scopes, asked) => {
    expect(await refusalOf(oauth({ scopes }), asked)).toEqual({
      reason: 'insufficient_scope',
      scopes: expect.arrayContaining(expected),
      granted: scopes,
    });
    const refusal = await refusalOf(oauth({ scopes }), asked);
    expect(refusal?.reason === 'insufficient_scope' && refusal.scopes).toHaveLength(
      expected.length,
    );
  });

  it('stand in the order of the rule', async () => {
    const refusal = await refusalOf(oauth({ scopes: ['b'] }), [requirement.scopes('b', 'a', 'c')]);
    expect(refusal).toEqual({
      reason: 'insufficient_scope',
      scopes: ['b', 'a', 'c'],
      granted: ['b'],
    });
  });
});

describe('a credential that names no organization', () => {
  const facts = { organizationScopeOf: () => 'see:org' };

  it.each([
    ['an organization', requirement.organization()],
    ['a role', requirement.role('admin')],
    ['a permission', requirement.permission('notes:write')],
  ])('is sent for the scope with which it would, where the rule asks for %s', async (_, need) => {
    const refusal = await refusalOf(
      oauth({ scopes: ['a'] }),
      [need, requirement.scopes('a')],
      facts,
    );
    expect(refusal).toEqual({
      reason: 'insufficient_scope',
      scopes: expect.arrayContaining(['a', 'see:org']),
      granted: ['a'],
    });
  });

  it('is refused for good once it has the scope: its user chose none', async () => {
    const chose = oauth({ scopes: ['see:org'] });
    expect(await refusalOf(chose, [requirement.organization()], facts)).toMatchObject({
      reason: 'forbidden',
    });
  });
});

describe('who is asked', () => {
  it('is asked once, and not for what the credential says', async () => {
    const policy = vi.fn(() => true);
    const membershipOf = vi.fn(async () => admin);
    const who = oauth({ scopes: ['a'], organization: { id: 'org_1' } });
    const nested: AccessRequirement = {
      kind: 'by_token',
      byToken: { oauth_token: [requirement.scopes('a'), requirement.role('admin')], api_key: [] },
    };
    expect(
      await refusalOf(who, [requirement.scopes('a'), requirement.policy(policy), nested], {
        membershipOf,
      }),
    ).toBeUndefined();
    expect([policy.mock.calls.length, membershipOf.mock.calls.length]).toEqual([1, 1]);
  });

  it('may be at a loss, at once or later', async () => {
    const error = new AccessRefusedError({ reason: 'unavailable', retryAfter: 3 });
    const who = oauth({ organization: { id: 'org_1' } });
    const at = {
      membershipOf: () => {
        throw error;
      },
    };
    expect(await refusalOf(who, [requirement.organization()], at)).toEqual(error.refusal);
    const bug = { membershipOf: () => Promise.reject(new Error('a bug')) };
    await expect(refusalOf(who, [requirement.organization()], bug)).rejects.toThrow('a bug');
  });

  it('is nobody but the credential where there is no authentication module', () => {
    const facts = new CredentialFacts();
    expect(facts.scopesGranting('a')).toEqual(['a']);
    expect(facts.membershipOf(oauth({ organization: admin }))).toBe(admin);
  });
});

describe('the address of a request', () => {
  it.each<[string, object, string | undefined]>([
    [
      'what the framework says',
      { ip: '192.0.2.1', socket: { remoteAddress: '198.51.100.1' } },
      '192.0.2.1',
    ],
    ['the end of the connection', { socket: { remoteAddress: '198.51.100.1' } }, '198.51.100.1'],
    [
      'the end of the connection where the framework says nothing',
      { ip: '', raw: { socket: { remoteAddress: '198.51.100.1' } } },
      '198.51.100.1',
    ],
    ['unknown without a network', {}, undefined],
    ['unknown without a socket', { socket: null }, undefined],
    ['unknown after the connection', { socket: {} }, undefined],
  ])('is %s', (_, request, expected) => {
    expect(addressOf(request)).toBe(expected);
  });

  it('is noted for layers that only have the request of Node', () => {
    const raw = { socket: { remoteAddress: '198.51.100.1' } };
    noteAddress({ ip: '192.0.2.1', raw });
    expect(addressOf(raw)).toBe('192.0.2.1');
    const other = { socket: { remoteAddress: '198.51.100.2' } };
    noteAddress(other);
    expect(addressOf(other)).toBe('198.51.100.2');
  });

  it('counts for the anonymous, and the subject for everybody else', () => {
    const request = { ip: '192.0.2.1' };
    expect(callerKey(request, undefined)).toBe('192.0.2.1');
    expect(callerKey({}, undefined)).toBe('local');
    expect(callerKey(request, oauth({ clientId: 'a' }))).toBe(
      callerKey({}, oauth({ clientId: 'b' })),
    );
    expect(callerKey(request, oauth())).not.toBe(callerKey(request, oauth({ subject: 'user_2' })));
    expect(callerKey(request, oauth())).not.toBe(
      callerKey(request, oauth({ issuer: 'https://x.test' })),
    );
    expect(addressKey({})).toBeUndefined();
    expect(addressKey({ ip: '2001:db8::1' })).toBe(addressKey({ ip: '2001:db8::2' }));
  });
});

describe('a request at the own guards of its controller', () => {
  it('is one that was marked', () => {
    const raw = {};
    expect(isAtEndpointGuards(raw)).toBe(false);
    markEndpointGuards({ raw });
    expect(isAtEndpointGuards(raw)).toBe(true);
  });
});
