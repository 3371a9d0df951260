// test/clock.spec.ts
import 'nestjs-clerk-mcp/testing/vitest';
import { createMcpTest, type McpTest } from 'nestjs-clerk-mcp/testing';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { AppModule } from '../src/app.module.js';

let mcp: McpTest;
beforeAll(async () => {
  mcp = await createMcpTest({ imports: [AppModule] });
});
afterEach(() => mcp.clock.restore());
afterAll(() => mcp.close());

it('accepts a token until it expires', async () => {
  mcp.clock.freeze('2030-01-01T00:00:00Z');
  const ada = await mcp.as({ expiresIn: 3600 });
  mcp.clock.advance({ minutes: 59, seconds: 59 });
  await expect(ada.callTool('me')).toHaveToolOutput({ email: 'ada@example.com' });
  mcp.clock.advance({ seconds: 1 });
  await expect(ada.callTool('me')).toBeUnauthenticated('token_expired');
});
