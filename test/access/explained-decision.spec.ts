import { describe, expect, it } from 'vitest';
import { protectedBy } from '../../src/access/access-rule.js';
import { requirement } from '../../src/access/requirement.js';

import { NOW, control, oauth } from './support.js';

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
    expect((await (await control()).explain(rule, undefined, NOW)).requirements).toEqual([]);
  });
});
