import { createMcpTest, type McpTest } from 'nestjs-clerk-mcp/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AppModule } from './app.module.js';

let mcp: McpTest;
beforeAll(async () => {
  mcp = await createMcpTest({ imports: [AppModule] });
});
afterAll(() => mcp.close());

it('greets the caller by name', async () => {
  const ada = await mcp.as({ email: 'ada@example.com' });
  await expect(ada.callTool('greet', { greeting: 'Hi' })).toHaveToolOutput('Hi, Ada!');
});

it('asks a stranger to sign in', async () => {
  await expect(mcp.anonymous().callTool('greet', {})).toBeUnauthenticated();
});
