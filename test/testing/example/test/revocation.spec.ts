// test/revocation.spec.ts
import 'nestjs-clerk-mcp/testing/vitest';
import { createMcpTest, type McpTest } from 'nestjs-clerk-mcp/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AppModule } from '../src/app.module.js';

let mcp: McpTest;
beforeAll(async () => {
  mcp = await createMcpTest({ imports: [AppModule] });
});
afterAll(() => mcp.close());

it('revokes access when the membership ends', async () => {
  const member = { email: 'eve@example.com', organization: 'acme' };
  const eve = await mcp.as({ ...member, tokenType: 'session_token' });
  await expect(eve.callTool('team')).toHaveToolOutput({ id: eve.organizationId });

  mcp.clerk.organizations.removeMember(member.organization, member.email);
  await mcp.clerk.webhooks.settled();
  await expect(eve.callTool('team')).toBeUnauthenticated('invalid_token');
});

it('revokes access when the user is deleted', async () => {
  const joe = await mcp.as({ email: 'joe@example.com' });
  await expect(joe.callTool('me')).toHaveToolOutput({ email: 'joe@example.com' });

  mcp.clerk.users.delete('joe@example.com');
  await mcp.clerk.webhooks.settled();
  await expect(joe.callTool('me')).toBeUnauthenticated('invalid_token');
});
