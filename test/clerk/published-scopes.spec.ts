import { describe, expect, it } from 'vitest';
import { protectedBy } from '../../src/access/access-rule.js';
import { requirement } from '../../src/access/requirement.js';
import { ResourceRules } from '../../src/access/resource-rules.js';
import type { ClerkAuthOptions } from '../../src/clerk/clerk-auth.options.js';
import { PublishedScopes } from '../../src/clerk/published-scopes.js';
import { resolveClerkOptions } from '../../src/clerk/resolve-clerk-options.js';

const resolve = (options: Partial<ClerkAuthOptions>, paths: readonly string[] = []) =>
  resolveClerkOptions(
    {
      secretKey: 'sk_test_fixture',
      clerkDomain: 'clerk.example.com',
      baseURL: 'https://mcp.example.com',
      ...options,
    },
    paths,
  );

describe('PublishedScopes', () => {
  it('are those of each resource, configured or derived', () => {
    const rules = new ResourceRules();
    const needsA = [protectedBy(requirement.scopes('notes:a'))];
    const needsB = [protectedBy(requirement.scopes('notes:b'), requirement.organization())];
    rules.register('a', () => [needsA]);
    rules.register('b', () => [needsB]);
    const options = resolve({ scopes: 'catalog', resources: { c: { scopes: ['openid'] } } }, [
      'a',
      'b',
      'c',
    ]);
    const published = new PublishedScopes(options, rules);
    expect(published.at()).toEqual(['profile', 'email', 'notes:a']);
    expect(published.at('a')).toBe(published.at());
    expect(published.at('b')).toEqual(['profile', 'email', 'notes:b', 'user:org:read']);
    expect(published.at('c')).toEqual(['openid']);
    expect(published.primaryPath).toBe('a');
  });
});

describe('the option scopes', () => {
  it('takes scopes as a list, or the word catalog, for the whole and for one resource', () => {
    const scopes = ['profile', 'notes:read'];
    expect(resolve({ scopes }).scopes).toEqual(scopes);
    expect(resolve({ scopes: [] }).scopes).toEqual([]);
    expect(resolve({ scopes: 'catalog' }).scopes).toBe('catalog');
    const { resources } = resolve({ scopes, resources: { mcp: { scopes: 'catalog' } } });
    expect(resources.get('mcp')?.scopes).toBe('catalog');
  });

  it.each<[readonly string[]]>([[['']], [['a b']], [['a', 'a']], [['catalog', 'a']]])(
    'stops for the scopes %j',
    (scopes) => {
      const problem = /(has an empty entry|contains ("|'))/.source;
      expect(() => resolve({ scopes })).toThrow(
        new RegExp(`^\\[Clerk\\] scopes \\(CLERK_SCOPES\\) ${problem}`),
      );
      expect(() => resolve({ resources: { mcp: { scopes } } })).toThrow(
        new RegExp(`^\\[Clerk\\] resources\\["mcp"\\]\\.scopes ${problem}`),
      );
    },
  );
});
