// test/calls.spec.ts
import 'nestjs-clerk-mcp/testing/vitest';
import { createMcpTest, type McpTest } from 'nestjs-clerk-mcp/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppModule } from '../src/app.module.js';
import { NotesTools } from '../src/notes.tools.js';

let mcp: McpTest;
beforeAll(async () => {
  mcp = await createMcpTest({ imports: [AppModule] });
});
afterAll(() => mcp.close());

describe.each(['modern', 'legacy'] as const)('%s', (era) => {
  it('calls a tool', async () => {
    const ada = await mcp.as({ scopes: ['notes:write'] }, { era });

    const byMethod = await ada.callTool(NotesTools, 'add', { text: 'Buy milk' });
    expect(byMethod.output.text).toBe('Buy milk');

    const byName = await ada.callTool<{ text: string }>('add_note', { text: 'Buy milk' });
    expect(byName.output.text).toBe('Buy milk');
    expect(byName.text).toBe('{"text":"Buy milk"}');
  });

  it('reads a resource', async () => {
    const ada = await mcp.as({}, { era });
    const notes = await ada.readResource('notes://all');
    expect(notes.json()).toEqual([{ id: 1, text: 'Buy milk' }]);
    expect((await ada.listResources()).map(({ uri }) => uri)).toEqual(['notes://all']);
  });

  it('gets a prompt', async () => {
    const ada = await mcp.as({}, { era });
    const prompt = await ada.getPrompt('sumUp', { style: 'short' });
    expect(prompt.text).toBe('Sum up my notes. Be short.');
    expect((await ada.listPrompts()).map(({ name }) => name)).toEqual(['sumUp']);
  });

  it('answers the questions of a tool', async () => {
    const ada = await mcp.as({}, { era });
    await expect(ada.callTool('clear', {}, { answers: [{ sure: true }] })).toHaveToolOutput(
      'Deleted',
    );
    await expect(ada.answers('decline').callTool('clear')).toHaveToolOutput('decline');
    expect(ada.asked.map(({ message }) => message)).toEqual(['Delete all?', 'Delete all?']);
  });
});
