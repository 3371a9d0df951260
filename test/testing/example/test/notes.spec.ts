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

it('says what it is to everybody', async () => {
  await expect(mcp.anonymous().callTool('about')).toHaveToolOutput('Notes of your team');
});

it('asks a stranger to sign in', async () => {
  await expect(mcp.anonymous().callTool('me')).toBeUnauthenticated();
});

it('adds a note for who may write', async () => {
  const ada = await mcp.as({ email: 'ada@example.com', scopes: ['notes:write'] });
  const { output } = await ada.callTool(NotesTools, 'add', { text: 'Buy milk' });
  expect(output.text).toBe('Buy milk');
});

it('asks for the scope that is missing', async () => {
  const ada = await mcp.as({ email: 'ada@example.com', scopes: ['profile'] });
  await expect(ada.callTool('add_note', { text: 'Buy milk' })).toRequireScopes('notes:write');
});
