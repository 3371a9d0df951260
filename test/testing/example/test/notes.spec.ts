// test/notes.spec.ts
import 'nestjs-clerk-mcp/testing/vitest';
import { createMcpTest, type McpTest } from 'nestjs-clerk-mcp/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AppModule } from '../src/app.module.js';
import { NotesTools } from '../src/notes.tools.js';

let mcp: McpTest;
beforeAll(async () => {
  mcp = await createMcpTest({ imports: [AppModule] });
});
afterAll(() => mcp.close());

it('lets anonymous callers use a public tool', async () => {
  await expect(mcp.anonymous().callTool('about')).toHaveToolOutput('Notes of your team');
});

it('asks an anonymous caller to sign in', async () => {
  await expect(mcp.anonymous().callTool('me')).toBeUnauthenticated();
});

it('adds a note for a caller with the scope', async () => {
  const ada = await mcp.as({ email: 'ada@example.com', scopes: ['notes:write'] });
  const { output } = await ada.callTool(NotesTools, 'add', { text: 'Buy milk' });
  expect(output.text).toBe('Buy milk');
});

it('requests the missing scope', async () => {
  const ada = await mcp.as({ email: 'ada@example.com', scopes: ['profile'] });
  await expect(ada.callTool('add_note', { text: 'Buy milk' })).toRequireScopes('notes:write');
});
