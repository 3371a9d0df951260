import { describe, expect, it } from 'vitest';
import { type AccessRule, protectedBy, PUBLIC } from '../../src/access/access-rule.js';
import { requirement } from '../../src/access/requirement.js';
import { ResourceRules } from '../../src/access/resource-rules.js';
import { lineOf, ScopeWarnings } from '../../src/access/scope-warnings.js';
import { scopesNeeded, scopesProblem } from '../../src/access/scopes.js';
import { CredentialFacts } from '../../src/access/access-facts.js';

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

describe('ScopeWarnings', () => {
  class Facts extends CredentialFacts {
    override publishedScopes() {
      return ['profile', 'notes:admin'];
    }

    override organizationScope() {
      return 'see:org';
    }

    override scopesGranting(scope: string) {
      return scope === 'notes:read' ? ['notes:read', 'notes:admin'] : [scope];
    }
  }
  const warnings = (rules: Record<string, AccessRule>, facts = new Facts()) =>
    new ScopeWarnings(facts, 'mcp')
      .about(
        'Entries',
        Object.entries(rules).map(([name, access]) => ({ name, access })),
      )
      .map(lineOf);

  it('count what another published scope grants, and one of several, as published', () => {
    expect(
      warnings({
        read: protectedBy(requirement.scopes('notes:read')),
        any: protectedBy(requirement.anyScope('x', 'profile')),
        key: protectedBy(requirement.tokens('api_key'), requirement.scopes('y')),
        open: PUBLIC,
      }),
    ).toEqual([]);
  });

  it('name the scopes, a few of the entries, and the cure', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const all = Object.fromEntries(
      names.map((name) => [name, protectedBy(requirement.scopes('x', 'y'))]),
    );
    expect(warnings({ ...all, team: protectedBy(requirement.organization()) })).toEqual([
      expect.stringMatching(
        /: x y\. .* needed by: a, b, c, d, e, 2 more\. Set CLERK_SCOPES=catalog/,
      ),
      expect.stringMatching(/ the scope see:org only, .*: team\. Set CLERK_SCOPES=catalog/),
    ]);
  });

  it('have nothing to say where OAuth tokens are not accepted', () => {
    const facts = new Facts();
    facts.oauthTokenType = () => undefined;
    expect(warnings({ a: protectedBy(requirement.scopes('x')) }, facts)).toEqual([]);
  });
});
