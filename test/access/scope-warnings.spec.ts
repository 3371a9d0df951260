import { describe, expect, it } from 'vitest';
import { CredentialFacts } from '../../src/access/access-facts.js';
import { type AccessRule, protectedBy, PUBLIC } from '../../src/access/access-rule.js';
import { requirement } from '../../src/access/requirement.js';
import { lineOf, ScopeWarnings } from '../../src/access/scope-warnings.js';

const cure = (what: string) =>
  `Set CLERK_SCOPES=catalog (scopes: 'catalog' of ClerkAuthModule), add ${what} to its option scopes, or create the clients with ${what} at Clerk.`;

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

  it('say what a client that registers itself runs into', () => {
    expect(warnings({ a: protectedBy(requirement.scopes('x')) })).toEqual([
      `Entries need scopes that clients are not told to request: x. A client that registers itself holds only the scopes it registered, and is refused with invalid_scope when it asks for more. They are needed by: a. ${cure('them')}`,
    ]);
    expect(warnings({ a: protectedBy(requirement.organization()) })).toEqual([
      `Entries need an organization, which is in OAuth access tokens with the scope see:org only, and clients are not told to request it: a. ${cure('it')}`,
    ]);
  });

  it('name up to five entries in full', () => {
    const rule = protectedBy(requirement.scopes('x'));
    const five = { a: rule, b: rule, c: rule, d: rule, e: rule };
    expect(warnings(five).join()).toContain('needed by: a, b, c, d, e. Set');
    expect(warnings({ ...five, f: rule }).join()).toContain('needed by: a, b, c, d, e, 1 more.');
  });

  it.each<[string, AccessRule, string[]]>([
    ['all scopes, one not published', protectedBy(requirement.scopes('profile', 'x')), ['x']],
    ['one of several, none published', protectedBy(requirement.anyScope('x', 'y')), ['x y']],
    ['one of several, one published', protectedBy(requirement.anyScope('x', 'profile')), []],
    [
      'an organization beside a published scope',
      protectedBy(requirement.scopes('profile'), requirement.organization()),
      ['see:org'],
    ],
    [
      'an organization of access tokens',
      protectedBy(requirement.tokens('api_key', 'oauth_token'), requirement.role('admin')),
      ['see:org'],
    ],
    [
      'an organization of other credentials',
      protectedBy(requirement.tokens('api_key'), requirement.role('admin')),
      [],
    ],
    [
      'an organization as one of several ways',
      protectedBy({ kind: 'any_of', alternatives: [[requirement.organization()], []] }),
      [],
    ],
  ])('are about %s', (_, rule, scopes) => {
    const found = warnings({ a: rule }).map((line) => /: (x.*?)\.|scope (see:org)/.exec(line));
    expect(found.map((parts) => parts?.[1] ?? parts?.[2])).toEqual(scopes);
  });

  it('have nothing to say of an organization that needs no scope, or a published one', () => {
    const rules = { a: protectedBy(requirement.organization()) };
    const facts = new Facts();
    facts.organizationScope = () => undefined as never;
    expect(warnings(rules, facts)).toEqual([]);
    facts.organizationScope = () => 'profile';
    expect(warnings(rules, facts)).toEqual([]);
  });

  it('have nothing to say where no module knows what clients are told', () => {
    const handlers = [{ name: 'a', access: protectedBy(requirement.scopes('x')) }];
    expect(new ScopeWarnings(new CredentialFacts(), 'mcp').about('Entries', handlers)).toEqual([]);
    expect(new ScopeWarnings(undefined, 'mcp').about('Entries', handlers)).toEqual([]);
  });

  it('report each scope once, of the first thousand', () => {
    const all = new ScopeWarnings(new Facts(), 'mcp');
    const about = (...scopes: string[]) =>
      all.about('Entries', [{ name: 'a', access: protectedBy(...scopes.map(scopeOf)) }]);
    const scopeOf = (scope: string) => requirement.scopes(scope);
    const thousand = Array.from({ length: 1_000 }, (_, index) => `x:${index}`);
    expect(about('x:0', 'x:1')).toHaveLength(1);
    expect(about('x:1', 'x:0')).toEqual([]);
    expect(about('x:0', 'y')[0]?.message).toContain('to request: y. ');
    expect(about(...thousand.slice(0, 999))).toHaveLength(1);
    expect(about(...thousand, 'y')[0]?.message, 'no more are kept').toContain('request: x:999. ');
    expect(about('x:999')).toHaveLength(1);
  });

  it('have nothing to say where OAuth tokens are not accepted', () => {
    const facts = new Facts();
    facts.oauthTokenType = () => undefined;
    expect(warnings({ a: protectedBy(requirement.scopes('x')) }, facts)).toEqual([]);
  });
});
