import { describe, expect, it } from 'vitest';
import { AccessFacts, CredentialFacts, StatedFacts } from '../../src/access/access-facts.js';
import { admin, oauth } from './support.js';

class ClerkFacts extends AccessFacts {
  override scopesGranting = (scope: string) => [scope, 'all'];
  override organizationScopeOf = () => 'see:org';
  override membershipOf = () => undefined;
}

describe('AccessFacts', () => {
  it('takes OAuth tokens, and knows of no scopes to request, unless a module says more', () => {
    const facts = new CredentialFacts();
    expect(facts.oauthTokenType()).toBe('oauth_token');
    expect(facts.organizationScopeOf(oauth())).toBeUndefined();
    expect(facts.organizationScope()).toBeUndefined();
    expect(facts.publishedScopes('mcp')).toBeUndefined();
  });
});

describe('StatedFacts', () => {
  it('believe the membership that a principal states, which Clerk does not know', () => {
    const facts = new StatedFacts(new ClerkFacts());
    expect(facts.membershipOf(oauth({ organization: admin }))).toBe(admin);
    expect(facts.membershipOf(oauth())).toBeUndefined();
  });

  it('know scopes as the authentication module does', () => {
    const facts = new StatedFacts(new ClerkFacts());
    expect(facts.scopesGranting('a')).toEqual(['a', 'all']);
    expect(facts.organizationScopeOf(oauth())).toBe('see:org');
  });
});
