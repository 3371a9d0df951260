import { describe, expect, it } from 'vitest';
import {
  type AccessRequirement,
  AUTHENTICATED,
  PUBLIC,
  protectedBy,
} from '../../src/access/access-rule.js';
import { requirementsForOAuth } from '../../src/access/oauth-requirements.js';
import { requirement } from '../../src/access/requirement.js';

const needed = (...requirements: readonly AccessRequirement[]) =>
  requirementsForOAuth(protectedBy(...requirements), 'oauth_token');

const scope = requirement.scopes('a');
const role = requirement.role('admin');

describe('requirementsForOAuth', () => {
  it('needs nothing for a public rule, and for one that takes any principal', () => {
    expect(requirementsForOAuth(PUBLIC, 'oauth_token')).toEqual([]);
    expect(requirementsForOAuth(AUTHENTICATED, 'oauth_token')).toEqual([]);
  });

  it('keeps what an access token can meet, in the order of the rule', () => {
    const policy = requirement.policy(() => true);
    const person = requirement.noImpersonation();
    expect(needed(scope, role, policy, person)).toEqual([scope, role, policy, person]);
  });

  it.each([
    ['a recent verification', requirement.reverification('lax')],
    ['a feature', requirement.feature('export')],
    ['a plan', requirement.plan('pro')],
    ['another kind of credential', requirement.tokens('session_token', 'api_key')],
    ['a kind of credential without access tokens', { kind: 'by_token', byToken: { api_key: [] } }],
    [
      'alternatives for other credentials only',
      {
        kind: 'any_of',
        alternatives: [[requirement.plan('pro')], [requirement.tokens('api_key'), scope]],
      },
    ],
  ] as const)('no access token meets %s', (_, impossible) => {
    expect(needed(impossible)).toBeUndefined();
    expect(needed(scope, impossible), 'what stands before it does not help').toBeUndefined();
  });

  it('does not repeat that an access token is required', () => {
    expect(needed(requirement.tokens('api_key', 'oauth_token'), scope)).toEqual([scope]);
  });

  it('takes the requirements of the kind of credential', () => {
    const byToken: AccessRequirement = {
      kind: 'by_token',
      byToken: { api_key: [], oauth_token: [scope, role] },
    };
    expect(needed(byToken)).toEqual([scope, role]);
    expect(requirementsForOAuth(protectedBy(byToken), 'api_key')).toEqual([]);
    const closed: AccessRequirement = {
      kind: 'by_token',
      byToken: { oauth_token: [requirement.plan('pro')] },
    };
    expect(needed(closed)).toBeUndefined();
  });

  it.each(['toString', '__proto__'])(
    'refuses the kind of credential %j, which the rule does not list',
    (tokenType) => {
      const rule = protectedBy({ kind: 'by_token', byToken: { oauth_token: [] } });
      expect(requirementsForOAuth(rule, tokenType)).toBeUndefined();
    },
  );

  it('takes the first alternative that an access token can meet', () => {
    const alternatives = [[requirement.feature('export')], [scope], [role]];
    expect(needed({ kind: 'any_of', alternatives })).toEqual([scope]);
    expect(needed({ kind: 'any_of', alternatives: [[], [scope]] })).toEqual([]);
  });
});
