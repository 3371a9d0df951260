import { describe, expect, it } from 'vitest';
import { type AccessRule, protectedBy, PUBLIC } from '../../src/access/access-rule.js';
import { requirement } from '../../src/access/requirement.js';
import { ResourceRules } from '../../src/access/resource-rules.js';
import {
  scopesNeeded,
  scopesProblem,
  scopesToRequest,
  withGranted,
} from '../../src/access/scopes.js';

describe('a configured list of scopes', () => {
  it.each<[string, unknown]>([
    ['has an empty entry', ['profile', '']],
    ['contains "a b": a scope has no spaces', ['a b']],
    ['contains "a\\"b": a scope has no spaces, quotes', ['profile', 'a"b']],
    ['contains "a\\\\b"', ['a\\b']],
    ['contains "é"', ['é']],
    ['contains "\\n"', ['\n']],
    ['contains 7: a scope', [7]],
    ['contains undefined: a scope', [undefined]],
    ['contains "profile" twice', ['profile', 'email', 'profile']],
    ["contains 'catalog' as an entry", ['profile', 'catalog']],
    ["contains 'catalog' as an entry", ['catalog']],
    ['is "profile email". Use a list', 'profile email'],
    ['is null. Use a list', null],
    [`contains ${JSON.stringify('ü'.repeat(900)).slice(0, 80)}…: a scope`, ['ü'.repeat(900)]],
  ])('%s', (problem, scopes) => {
    expect(scopesProblem(scopes)?.slice(0, problem.length)).toBe(problem);
  });

  it('may be empty, and have every character of RFC 6749', () => {
    const every = String.fromCharCode(
      ...Array.from({ length: 0x7e - 0x20 }, (_, index) => 0x21 + index),
    ).replaceAll(/["\\]/g, '');
    for (const scopes of [[], ['profile'], ['tools:execute', 'resources/files:read'], [every]]) {
      expect(scopesProblem(scopes)).toBeUndefined();
    }
  });
});

describe('a wrong list in a message', () => {
  it('is shortened to 80 characters, and not marked where it is no longer', () => {
    const text = 'x'.repeat(78);
    expect(scopesProblem(text)).toContain(`is "${text}". Use a list`);
    expect(scopesProblem(`${text}y`)).toContain(`is "${text}y…. Use a list`);
  });
});

describe('the scopes that a challenge requests', () => {
  const missing = { reason: 'insufficient_scope', scopes: ['c', 'a'] } as const;

  it('contain the granted ones first, each once, because the new token replaces the old one', () => {
    expect(scopesToRequest({ ...missing, granted: ['a', 'b'] })).toEqual(['a', 'b', 'c']);
    expect(scopesToRequest(missing)).toEqual(['c', 'a']);
  });

  it('are only the missing ones for a client that adds up itself', () => {
    const refusal = { ...missing, granted: ['a', 'b'], clientAddsUp: true };
    expect(scopesToRequest(refusal)).toEqual(['c', 'a']);
  });

  it('contain no text of a token that is not a scope', () => {
    const granted = ['b', 'x", error="', 'two words', '', 'd'];
    expect(scopesToRequest({ ...missing, granted })).toEqual(['b', 'd', 'c', 'a']);
  });

  it('contain at most 2,048 characters of granted ones, with the spaces between them', () => {
    const of = (length: number) => 'x'.repeat(length);
    const kept = (...granted: string[]) =>
      scopesToRequest({ reason: 'insufficient_scope', scopes: [], granted });
    expect(kept(of(2_048))).toHaveLength(1);
    expect(kept(of(2_049))).toHaveLength(0);
    expect(kept(of(1_000), of(1_047))).toHaveLength(2);
    expect(kept(of(1_000), of(1_048))).toHaveLength(1);
    expect(kept(of(2_049), of(1)), 'a shorter one still has room').toEqual(['x']);
  });
});

describe('a refusal for missing scopes', () => {
  const missing = { reason: 'insufficient_scope', scopes: ['a'] } as const;

  it('is told the scopes of the credential, unless it has them or there are none', () => {
    expect(withGranted(missing, ['b'])).toEqual({ ...missing, granted: ['b'] });
    expect(withGranted({ ...missing, granted: ['x'] }, ['b'])).toMatchObject({ granted: ['x'] });
    expect(withGranted(missing, undefined)).toBe(missing);
    const other = { reason: 'unauthenticated' } as const;
    expect(withGranted(other, ['b'])).toBe(other);
  });
});

describe('the scopes that rules need', () => {
  const facts = { tokenType: 'oauth_token', organizationScope: 'see:org' };
  const needed = (...rules: AccessRule[]) => scopesNeeded(rules, facts);

  it.each<[readonly string[], AccessRule]>([
    [[], PUBLIC],
    [[], protectedBy()],
    [['a', 'b'], protectedBy(requirement.scopes('a', 'b'))],
    [['a'], protectedBy(requirement.anyScope('a', 'b'))],
    [['see:org'], protectedBy(requirement.organization())],
    [['see:org', 'a'], protectedBy(requirement.role('admin'), requirement.scopes('a'))],
    [['see:org'], protectedBy(requirement.permission('a:b'))],
    [[], protectedBy(requirement.tokens('api_key'), requirement.scopes('a'))],
    [['a'], protectedBy(requirement.tokens('api_key', 'oauth_token'), requirement.scopes('a'))],
    [
      ['a', 'c'],
      protectedBy({
        kind: 'any_of',
        alternatives: [
          [requirement.scopes('a')],
          [requirement.tokens('api_key'), requirement.scopes('b')],
          [requirement.scopes('c')],
        ],
      }),
    ],
    [
      ['a'],
      protectedBy({
        kind: 'by_token',
        byToken: { oauth_token: [requirement.scopes('a')], api_key: [requirement.scopes('b')] },
      }),
    ],
  ])('are %j', (scopes, rule) => {
    expect(needed(rule)).toEqual(scopes);
  });

  it('contain none for an organization where no scope puts one into the token', () => {
    const rule = protectedBy(requirement.organization(), requirement.scopes('a'));
    expect(scopesNeeded([rule], { tokenType: 'oauth_token' })).toEqual(['a']);
  });

  it('are named once', () => {
    const rule = protectedBy(requirement.scopes('a', 'b'));
    expect(needed(rule, protectedBy(requirement.scopes('b', 'c')))).toEqual(['a', 'b', 'c']);
  });
});

describe('ResourceRules', () => {
  it('has the rules of a resource as they are now, and the same array while none changes', () => {
    const [one, other] = [protectedBy(requirement.scopes('a')), protectedBy()];
    let entries: readonly AccessRule[] = [one];
    const routes = [other, one];
    const rules = new ResourceRules();
    expect(rules.at('mcp')).toEqual([]);
    rules.register('mcp', () => [entries]);
    rules.register('mcp', () => [routes]);
    rules.register('admin', () => [[]]);
    const before = rules.at('mcp');
    expect(before).toEqual([one, other]);
    expect(rules.at('mcp')).toBe(before);
    entries = [];
    expect(rules.at('mcp')).toEqual([other, one]);
    expect(rules.at('admin')).toEqual([]);
  });
});
