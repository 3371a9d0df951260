import '../../src/testing/vitest.js';
import { Injectable, Module } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  DenyImpersonation,
  RequireFeature,
  RequirePermission,
  RequirePlan,
} from '../../src/access/access.decorators.js';
import { ClerkAuthGuard } from '../../src/clerk/http/clerk-auth.guard.js';
import { ClerkAuthModule } from '../../src/clerk/clerk-auth.module.js';
import { TOKEN_TYPES } from '../../src/clerk/tokens/classify.js';
import { ClerkContext } from '../../src/clerk/user/clerk-context.js';
import { McpTool } from '../../src/mcp/authoring/mcp-tool.decorator.js';
import { McpModule } from '../../src/mcp/mcp.module.js';
import { createMcpTest, type McpTest, type Person } from '../../src/testing/index.js';

@Injectable()
class Tools {
  constructor(private readonly clerk: ClerkContext) {}

  @McpTool({ description: 'Who calls' })
  who() {
    const { principal } = this.clerk;
    const { tokenType, userId, subject, scopes, organization, clientId, actor } = principal ?? {};
    return { tokenType, userId, subject, scopes, organization, clientId, actor };
  }

  @McpTool({ description: 'Writes' })
  @RequirePermission('org:notes:write')
  write() {
    return 'written';
  }

  @McpTool({ description: 'Exports' })
  @RequireFeature('export')
  export() {
    return 'exported';
  }

  @McpTool({ description: 'For payers' })
  @RequirePlan('org:pro')
  paid() {
    return 'paid';
  }

  @McpTool({ description: 'For the user alone' })
  @DenyImpersonation()
  personal() {
    return 'personal';
  }
}

@Module({
  imports: [
    ClerkAuthModule.forRoot({
      // What a developer may have in the environment: none of it may be used.
      secretKey: 'sk_live_of_the_company',
      publishableKey: 'pk_live_Y2xlcmsuZXhhbXBsZS5jb20k',
      clerkDomain: 'clerk.example.com',
      apiURL: 'https://api.example.com',
      baseURL: 'https://notes.example.com/api',
      authorizedParties: ['https://app.example.com'],
      acceptedTokens: [...TOKEN_TYPES],
      oauthClient: { clientId: 'own_client', clientSecret: 'own_secret' },
    }),
    McpModule.forRoot({ name: 'who', version: '1.0.0', guards: [ClerkAuthGuard] }),
  ],
  providers: [Tools],
})
class WhoModule {}

let test: McpTest;
beforeAll(async () => {
  test = await createMcpTest({ imports: [WhoModule] });
});
afterAll(() => test.close());

async function principalOf(person: Person): Promise<Record<string, any>> {
  const caller = await test.as(person);
  const { output } = await caller.callTool(Tools, 'who');
  return output;
}

describe('as()', () => {
  it.each(TOKEN_TYPES)('signs in with a credential of the kind %s', async (tokenType) => {
    expect(await principalOf({ tokenType })).toMatchObject({ tokenType });
  });

  it.each(['jwt', 'opaque'] as const)('grants the scopes of an OAuth token, %s', async (format) => {
    const { scopes, userId } = await principalOf({ format, scopes: ['a', 'b'] });
    expect(scopes).toEqual(['a', 'b']);
    expect(userId).toBe(test.clerk.users.get('ada@example.com').id);
  });

  it.each(['oauth_token', 'session_token', 'id_token'] as const)(
    'acts in an organization, %s',
    async (tokenType) => {
      const person = { email: 'eve@example.com', tokenType, organization: 'acme' };
      const caller = await test.as(person);
      const { organization } = (await caller.callTool(Tools, 'who')).output;
      expect(organization?.id).toBe(test.clerk.organizations.get('acme').id);
      expect(organization?.id).toBe(caller.organizationId);
    },
  );

  it('owns an API key as an organization', async () => {
    const key = await principalOf({ tokenType: 'api_key', organization: 'acme', scopes: ['a'] });
    const { id } = test.clerk.organizations.get('acme');
    expect(key).toMatchObject({ subject: id, organization: { id }, scopes: ['a'] });
    expect(key['userId']).toBeUndefined();
  });

  it('has permissions, a plan and features', async () => {
    const person = { tokenType: 'session_token', organization: 'payers', plan: 'pro' } as const;
    const rich = await test.as({ ...person, permissions: ['org:notes:write'] });
    await expect(rich.callTool('write')).toHaveToolOutput('written');
    await expect(rich.callTool('paid')).toHaveToolOutput('paid');
    await expect(rich.callTool('export')).toBeForbidden();
    const featured = await test.as({ ...person, features: ['o:export'] });
    await expect(featured.callTool('export')).toHaveToolOutput('exported');
    const poor = await test.as({
      ...person,
      organization: 'savers',
      plan: 'free',
      permissions: [],
    });
    await expect(poor.callTool('write')).toBeForbidden();
    await expect(poor.callTool('paid')).toBeForbidden();
  });

  it('is impersonated', async () => {
    const grace = test.clerk.users.get('grace@example.com').id;
    const person = { tokenType: 'session_token', impersonatedBy: 'grace@example.com' } as const;
    expect(await principalOf(person)).toMatchObject({ actor: grace });
    await expect((await test.as(person)).callTool('personal')).toBeForbidden();
  });

  it('has steps of the sign-in left', async () => {
    const pending = await test.as({ tokenType: 'session_token', sessionStatus: 'pending' });
    await expect(pending.callTool('who')).toBeUnauthenticated(/sign-in steps left/);
  });

  it.each([
    ['expired', { expiresIn: -1 }, 'token_expired'],
    ['forged', { signedBy: 'foreign' }, 'invalid_token'],
    ['for another resource', { resource: 'https://other.example.com/mcp' }, 'invalid_token'],
    ['for no resource', { resource: null }, 'invalid_token'],
    ['without a subject', { omitClaims: ['sub'] }, 'invalid_token'],
    ['of another issuer', { claims: { iss: 'https://evil.example.com' } }, 'invalid_token'],
  ] as const)('is refused with a token that is %s', async (_what, person, reason) => {
    await expect((await test.as(person)).callTool('who')).toBeUnauthenticated(reason);
  });

  it('changes what is known of a user, and nothing else', async () => {
    await test.as({ email: 'joe@example.com', firstName: 'Joe', lastName: 'Doe' });
    await test.as({ email: 'joe@example.com', firstName: 'Joseph' });
    const joe = test.clerk.users.get('joe@example.com');
    expect(joe).toMatchObject({ firstName: 'Joseph', lastName: 'Doe' });
    const caller = await test.as({ userId: 'user_known' });
    expect(caller.userId).toBe('user_known');
    expect(test.clerk.users.get('user_known').emailAddress).toBe('user_known@example.com');
  });

  it('keeps a membership that nothing is said about', async () => {
    const { role } = await membership({ role: 'org:admin', permissions: ['org:x:y'] });
    expect(role).toBe('org:admin');
    expect(await membership({})).toMatchObject({ role: 'org:admin', permissions: ['org:x:y'] });
  });
});

async function membership(person: Person) {
  const caller = await test.as({ email: 'member@example.com', organization: 'club', ...person });
  const { organizations } = test.clerk;
  const found = organizations.membership(caller.organizationId ?? '', caller.userId ?? '');
  if (!found) throw new Error('no membership');
  return found;
}

describe('the application under test', () => {
  it('sends requests to the emulator, and keeps its own other options', async () => {
    const document = await test.anonymous().fetch('/.well-known/oauth-protected-resource');
    expect(await document.json()).toMatchObject({
      resource: 'https://notes.example.com/api/mcp',
      authorization_servers: [test.clerk.url],
    });
    expect(test.clerk.oauthApplications.hasSecret('own_client', 'own_secret')).toBe(true);
  });

  it('holds a flood of bad tokens against its address alone', async () => {
    const flood = test.withToken('junk', { address: '192.0.2.1' });
    for (let i = 0; i < 30; i += 1) await expect(flood.callTool('who')).toBeUnauthenticated();
    await expect(flood.callTool('who')).toBeRateLimited();
    await expect(test.withToken('junk').callTool('who')).not.toBeRateLimited();
  });
});
