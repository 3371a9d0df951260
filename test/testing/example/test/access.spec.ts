// test/access.spec.ts
import 'nestjs-clerk-mcp/testing/vitest';
import { createMcpTest, type McpTest } from 'nestjs-clerk-mcp/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AppModule } from '../src/app.module.js';

let mcp: McpTest;
beforeAll(async () => {
  mcp = await createMcpTest({ imports: [AppModule] });
});
afterAll(() => mcp.close());

it('lists only the tools that the caller may call', async () => {
  await expect(mcp.anonymous()).toSeeTools('about');
  const writer = await mcp.as({ scopes: ['notes:write'] });
  await expect(writer).toSeeTools('about', 'add_note', 'clear', 'mail', 'me');
});

it('requires an organization', async () => {
  const loner = await mcp.as();
  await expect(loner.callTool('team')).toRequireScopes('user:org:read');
  const chose = await mcp.as({ scopes: ['user:org:read'] });
  await expect(chose.callTool('team')).toBeForbidden(/organization/);
  const member = await mcp.as({ organization: 'acme' });
  await expect(member.callTool('team')).not.toBeForbidden();
});

it('requires an admin who has verified recently', async () => {
  const admin = { tokenType: 'session_token', organization: 'acme', role: 'org:admin' } as const;
  const stale = await mcp.as({ ...admin, factorAge: [600, -1] });
  await expect(stale.callTool('purge')).toRequireReverification('moderate');
});

it('names the invalid argument', async () => {
  const writer = await mcp.as({ scopes: ['notes:write'] });
  await expect(writer.callTool('add_note', { text: '' })).toHaveToolError(/text/);
  await expect(writer.callTool('no_such_tool')).toHaveProtocolError(-32602);
});

it('protects the controller too', async () => {
  await expect(mcp.anonymous().fetch('/notes')).toBeUnauthenticated();
  const reader = await mcp.as({ scopes: ['notes:read'] });
  const response = await reader.fetch('/notes');
  expect(await response.json()).toEqual([{ id: 1, text: 'Buy milk' }]);
});
