import { describe, expect, it } from 'vitest';
import type { AccessRequirement } from '../../src/access/access-rule.js';
import { describeRequirement } from '../../src/access/describe-requirement.js';
import { requirement } from '../../src/access/requirement.js';

function quota(): boolean {
  return true;
}

describe('describeRequirement', () => {
  it.each<[string, AccessRequirement]>([
    ['the scope notes:read', requirement.scopes('notes:read')],
    ['the scope notes:read', requirement.anyScope('notes:read')],
    ['the scopes notes:read, notes:write', requirement.scopes('notes:read', 'notes:write')],
    [
      'one of the scopes notes:read, notes:write',
      requirement.anyScope('notes:read', 'notes:write'),
    ],
    ['the role org:admin', requirement.role('org:admin')],
    ['the permission org:notes:write', requirement.permission('org:notes:write')],
    ['an organization', requirement.organization()],
    ['the feature org:export', requirement.feature('org:export')],
    ['the plan user:pro', requirement.plan('user:pro')],
    ['a recent verification (strict)', requirement.reverification('strict')],
    [
      'a recent verification (first_factor, 5 minutes)',
      requirement.reverification({ level: 'first_factor', afterMinutes: 5 }),
    ],
    ['a credential of the kind api_key', requirement.tokens('api_key')],
    ['a credential of the kind api_key or m2m_token', requirement.tokens('api_key', 'm2m_token')],
    ['no impersonation of the user', requirement.noImpersonation()],
    ['no impersonation or delegation', requirement.noImpersonation({ delegation: 'deny' })],
    ['the policy quota', requirement.policy(quota)],
    [
      'one of: the role admin; or the scope a and an organization',
      {
        kind: 'any_of',
        alternatives: [
          [requirement.role('admin')],
          [requirement.scopes('a'), requirement.organization()],
        ],
      },
    ],
    [
      'one of: the role admin; or nothing more',
      { kind: 'any_of', alternatives: [[requirement.role('admin')], []] },
    ],
    [
      'by kind of credential: session_token: the role admin and an organization; api_key: nothing more',
      {
        kind: 'by_token',
        byToken: {
          session_token: [requirement.role('admin'), requirement.organization()],
          api_key: [],
        },
      },
    ],
  ])('says %s', (text, needed) => {
    expect(describeRequirement(needed)).toBe(text);
  });
});
