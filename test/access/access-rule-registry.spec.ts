import { describe, expect, it, vi } from 'vitest';
import { protectedBy, PUBLIC } from '../../src/access/access-rule.js';
import { AccessRuleRegistry } from '../../src/access/access-rule-registry.js';
import { requirement } from '../../src/access/requirement.js';
import { control } from './support.js';

class Tools {}
const target = { type: Tools, method: 'run' };

describe('AccessRuleRegistry', () => {
  it('tells the policies of a rule their handler, and keeps what stands beside them', async () => {
    const registry = new AccessRuleRegistry(await control());
    const [policy, scopes] = [requirement.policy(() => true), requirement.scopes('a')];
    const rule = protectedBy(
      scopes,
      { kind: 'any_of', alternatives: [[scopes], [policy, scopes]] },
      { kind: 'by_token', byToken: { api_key: [], oauth_token: [scopes, policy] } },
    );
    const bound = { ...policy, target };
    expect(registry.register(rule, target, 'Tools.run')).toEqual(
      protectedBy(
        scopes,
        { kind: 'any_of', alternatives: [[scopes], [bound, scopes]] },
        { kind: 'by_token', byToken: { api_key: [], oauth_token: [scopes, bound] } },
      ),
    );
  });

  it('has one object for equal rules', async () => {
    const registry = new AccessRuleRegistry(await control());
    expect(registry.register(PUBLIC, target, 'Tools.run')).toBe(PUBLIC);
    expect(registry.register({ kind: 'public' }, target, 'Tools.run')).toBe(PUBLIC);
    const policy = requirement.policy(() => true);
    const [one, other] = ['run', 'stop'].map((method) =>
      registry.register(protectedBy(policy), { type: Tools, method }, `Tools.${method}`),
    );
    expect(one, 'a rule with a policy has its own handler').not.toEqual(other);
  });

  it('checks a shared rule once, and one with a policy for each handler', async () => {
    const rules = await control();
    const checked = vi.spyOn(rules, 'assertDecidable');
    const registry = new AccessRuleRegistry(rules);
    const shared = protectedBy(requirement.scopes('a'));
    const policy = protectedBy(requirement.policy(() => true));
    for (const rule of [shared, shared, policy, policy]) registry.register(rule, target, 'Tools');
    expect(checked.mock.calls.map(([rule]) => rule)).toEqual([shared, policy, policy]);
  });
});
