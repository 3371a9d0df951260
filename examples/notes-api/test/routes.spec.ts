import type { McpTest } from 'nestjs-clerk-mcp/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommentsTools } from '../src/comments/comments.tools.js';
import { ExportsTools } from '../src/exports/exports.tools.js';
import { NotesTools } from '../src/notes/notes.tools.js';
import { ownerOf, rest, startNotes } from './notes-test.js';

let test: McpTest;
beforeAll(async () => {
  test = await startNotes();
});
afterAll(() => test.close());

const NOTE = { title: 'Engine', body: 'It weaves algebra.', tags: ['maths'] };
const ada = () => ownerOf(test, 'engines', 'ada@example.com');

describe('REST handlers that are tools', () => {
  it('answer what REST answers', async () => {
    const caller = await ada();
    const { id } = (await caller.callTool(NotesTools, 'createNote', NOTE)).output;
    const overRest = await rest(caller, 'GET', `/api/v1/notes/${id}`);
    const { output } = await caller.callTool('getNote', { id });
    expect(output).toEqual(overRest.body);
  });

  it('take the path and the query from one input', async () => {
    const caller = await ada();
    const { id } = (await caller.callTool(NotesTools, 'createNote', NOTE)).output;
    for (const text of ['one', 'two', 'three']) {
      await caller.callTool(CommentsTools, 'addComment', { noteId: id, text });
    }
    const { output } = await caller.callTool('listComments', { id, limit: 2 });
    expect(output).toMatchObject({ data: { items: [{ text: 'three' }, { text: 'two' }] } });
  });

  it('have the pipes, the filters and the access rules of their routes', async () => {
    const caller = await ada();
    await expect(caller.callTool('getNote', { id: 'x' })).toHaveToolError(/uuid/i);
    await expect(
      caller.callTool('getNote', { id: '7a0ad9b6-6a4c-4a3c-8a35-1f1f0f7a1b11' }),
    ).toHaveToolError('There is no such note.');
    const reader = await test.as({
      email: 'reader@example.com',
      organization: 'engines',
      permissions: ['org:notes:read'],
      tokenType: 'session_token',
    });
    await expect(reader.callTool('readExport', { id: 'x' })).toBeForbidden();
  });

  it('send files as text', async () => {
    const caller = await ada();
    await caller.callTool(NotesTools, 'createNote', NOTE);
    const { output } = await caller.callTool(ExportsTools, 'exportNotes', {});
    const id = output.uri.replace('notes://export/', '');
    const read = await caller.callTool('readExport', { id });
    expect(String(read.output)).toContain('It weaves algebra.');
  });
});
