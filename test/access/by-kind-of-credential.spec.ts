import { describe, expect, it } from 'vitest';
import type { AccessRequirement } from '../../src/access/access-rule.js';
import { requirement } from '../../src/access/requirement.js';

import { admin, oauth, reasonOf, session } from './support.js';

describe('AccessControl', () => {
  describe('by kind of credential', () => {
    const byToken: AccessRequirement = {
      kind: 'by_token',
      byToken: {
        session_token: [requirement.role('admin')],
        oauth_token: [requirement.scopes('a')],
        api_key: [],
      },
    };

    it('asks each for its own', async () => {
      expect(await reasonOf(session({ organization: admin }), [byToken])).toBe('allowed');
      expect(await reasonOf(session(), [byToken])).toBe('forbidden');
      expect(await reasonOf(oauth(), [byToken])).toBe('insufficient_scope');
      expect(await reasonOf(oauth({ tokenType: 'api_key' }), [byToken])).toBe('allowed');
    });

    it.each(['m2m_token', 'toString', '__proto__', ''])(
      'refuses %j, which is not named',
      async (tokenType) => {
        expect(await reasonOf(oauth({ tokenType, scopes: ['a'] }), [byToken])).toBe('forbidden');
      },
    );
  });
});
