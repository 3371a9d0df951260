// test/outage.spec.ts
import 'nestjs-clerk-mcp/testing/vitest';
import { createMcpTest, type McpTest } from 'nestjs-clerk-mcp/testing';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { AppModule } from '../src/app.module.js';

let mcp: McpTest;
beforeAll(async () => {
  mcp = await createMcpTest({ imports: [AppModule] });
});
afterEach(() => mcp.clerk.faults.clear());
afterAll(() => mcp.close());

it('answers 503 while Clerk cannot verify, and recovers', async () => {
  const ada = await mcp.as({ format: 'opaque' });
  const outage = mcp.fault('verify', { kind: 'status', status: 500 });
  await expect(ada.callTool('me')).toBeUnavailable();
  outage.clear();
  await expect(ada.callTool('me')).toHaveToolOutput({ email: 'ada@example.com' });
});

it('refuses a token that Clerk has revoked', async () => {
  const ada = await mcp.as({ format: 'opaque' });
  mcp.fault('verify', { kind: 'revoked' });
  await expect(ada.callTool('me')).toBeUnauthenticated('invalid_token');
});

it('asks Clerk about an opaque token once', async () => {
  mcp.clerk.counters.reset();
  const ada = await mcp.as({ format: 'opaque' });
  await ada.callTool('about');
  await ada.callTool('about');
  expect(mcp.clerk.counters.ofGroup('verify')).toBe(1);
});
