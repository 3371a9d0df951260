import type { Provider } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AccessControl } from '../../src/access/access-control.js';
import { AccessFacts } from '../../src/access/access-facts.js';
import { AccessRefusedError } from '../../src/access/access.errors.js';
import { type AccessRequirement, protectedBy } from '../../src/access/access-rule.js';
import { AccessModule } from '../../src/access/access.module.js';
import type { Principal, PrincipalOrganization } from '../../src/request/principal.js';

export const NOW = 1_000_000;

export const oauth = (changes: Partial<Principal> = {}): Principal => ({
  tokenType: 'oauth_token',
  issuer: 'https://issuer.test',
  subject: 'user_1',
  userId: 'user_1',
  scopes: [],
  expiresAt: NOW + 1,
  claims: {},
  ...changes,
});

export const session = (changes: Partial<Principal> = {}): Principal => {
  const { scopes: _, ...rest } = oauth({ tokenType: 'session_token', sessionId: 'sess_1' });
  return { ...rest, ...changes };
};

export const admin: PrincipalOrganization = {
  id: 'org_1',
  role: 'org:admin',
  permissions: ['org:notes:write'],
};

export const anyOf = (...alternatives: (readonly AccessRequirement[])[]): AccessRequirement => ({
  kind: 'any_of',
  alternatives,
});

export const byToken = (
  kinds: Record<string, readonly AccessRequirement[]>,
): AccessRequirement => ({ kind: 'by_token', byToken: kinds });

export async function control(
  facts: Partial<AccessFacts> = {},
  providers: Provider[] = [],
): Promise<AccessControl> {
  const known: AccessFacts = {
    scopesGranting: (scope) => [scope],
    organizationScopeOf: () => undefined,
    organizationScope: () => undefined,
    publishedScopes: () => undefined,
    oauthTokenType: () => 'oauth_token',
    membershipOf: ({ organization }) => organization,
    ...facts,
  };
  const module = await Test.createTestingModule({
    imports: [AccessModule],
    providers: [{ provide: AccessFacts, useValue: known }, ...providers],
  }).compile();
  return (await module.init()).get(AccessControl);
}

export async function reasonOf(
  principal: Principal | undefined,
  requirements: readonly AccessRequirement[],
  facts: Partial<AccessFacts> = {},
): Promise<string> {
  const decision = await (
    await control(facts)
  ).decide(protectedBy(...requirements), principal, NOW);
  return decision.refusal?.reason ?? 'allowed';
}

export const expired = oauth({ expiresAt: NOW });
export const unavailable = () =>
  Promise.reject(new AccessRefusedError({ reason: 'unavailable', retryAfter: 7 }));
