import { describe, expect, it } from 'vitest';
import { PUBLIC, protectedBy } from '../../src/access/access-rule.js';
import { requirement } from '../../src/access/requirement.js';

import { NOW, admin, control, expired, oauth, session } from './support.js';

describe('A decision that is explained', () => {
  it('explains condition by condition', async () => {
    const rule = protectedBy(requirement.scopes('a'), requirement.tokens('oauth_token'));
    const { decision, requirements } = await (await control()).explain(rule, oauth(), NOW);
    expect(decision.allowed).toBe(false);
    expect(
      requirements.map(({ requirement, refusal }) => [requirement.kind, refusal?.reason]),
    ).toEqual([
      ['scopes', 'insufficient_scope'],
      ['tokens', undefined],
    ]);
    for (const nobody of [undefined, expired]) {
      expect((await (await control()).explain(rule, nobody, NOW)).requirements).toEqual([]);
    }
  });

  it('has no conditions for a public rule', async () => {
    expect(await (await control()).explain(PUBLIC, oauth(), NOW)).toEqual({
      decision: { allowed: true },
      requirements: [],
    });
  });

  it('goes by the role that a made-up principal states, and by the scopes that Clerk knows', async () => {
    const access = await control({
      membershipOf: () => undefined,
      scopesGranting: (scope) => [scope, 'all'],
    });
    const stated = { expiresAt: Infinity, organization: admin };
    const role = protectedBy(requirement.role('admin'));
    expect((await access.explain(role, session(stated))).decision.allowed).toBe(false);
    expect((await access.explainStated(role, session(stated))).decision.allowed).toBe(true);
    const scope = protectedBy(requirement.scopes('a'));
    const wide = oauth({ ...stated, scopes: ['all'] });
    expect((await access.explainStated(scope, wide)).decision.allowed).toBe(true);
  });
});
