// test/people.spec.ts
import 'nestjs-clerk-mcp/testing/vitest';
import { createMcpTest, type McpTest } from 'nestjs-clerk-mcp/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AppModule } from '../src/app.module.js';

let mcp: McpTest;
beforeAll(async () => {
  mcp = await createMcpTest({ imports: [AppModule] });
});
afterAll(() => mcp.close());

it('uses ada@example.com by default', async () => {
  const somebody = await mcp.as();
  await expect(somebody.callTool('me')).toHaveToolOutput({ email: 'ada@example.com' });
});

it('creates a new user', async () => {
  const eve = await mcp.as({ email: 'eve@example.com', firstName: 'Eve' });
  await expect(eve.callTool('me')).toHaveToolOutput({ email: 'eve@example.com' });
  expect(mcp.clerk.users.get('eve@example.com').id).toBe(eve.userId);
});

it('acts in an organization, which is created too', async () => {
  const eve = await mcp.as({ email: 'eve@example.com', organization: 'acme', role: 'org:admin' });
  await expect(eve.callTool('team')).toHaveToolOutput({ id: eve.organizationId });
});

it('uses an opaque token, which Clerk verifies', async () => {
  const ada = await mcp.as({ format: 'opaque' });
  await expect(ada.callTool('me')).toHaveToolOutput({ email: 'ada@example.com' });
});

it('uses a session token, as a browser does', async () => {
  const admin = await mcp.as({
    tokenType: 'session_token',
    organization: 'acme',
    role: 'org:admin',
    permissions: ['org:notes:write'],
    factorAge: [0, -1],
  });
  await expect(admin.callTool('purge')).toHaveToolOutput('Deleted');
});

it('uses an API key of an organization, or a machine token', async () => {
  const key = await mcp.as({ tokenType: 'api_key', organization: 'acme', scopes: ['notes:write'] });
  await expect(key.callTool('add_note', { text: 'By a key' })).toHaveToolOutput({
    text: 'By a key',
  });
  const machine = await mcp.as({ tokenType: 'm2m_token' });
  await expect(machine.callTool('about')).toHaveToolOutput('Notes of your team');
});

it('sends an invalid token', async () => {
  const late = await mcp.as({ expiresIn: -60 });
  await expect(late.callTool('me')).toBeUnauthenticated('token_expired');
  const forged = await mcp.as({ signedBy: 'foreign' });
  await expect(forged.callTool('me')).toBeUnauthenticated('invalid_token');
  const elsewhere = await mcp.as({ resource: 'https://other.example.com/mcp' });
  await expect(elsewhere.callTool('me')).toBeUnauthenticated('invalid_token');
  await expect(mcp.withToken('junk').callTool('me')).toBeUnauthenticated('invalid_token');
});
