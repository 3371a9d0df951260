import type { McpTest } from 'nestjs-clerk-mcp/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NotesTools } from '../src/notes/notes.tools.js';
import { ALL_SCOPES, ownerOf, READER, rest, startNotes } from './notes-test.js';

const NOTE = { title: 'Engine', body: 'It weaves algebra.', tags: ['maths'] };

let test: McpTest;
beforeAll(async () => {
  test = await startNotes();
});
afterAll(() => test.close());

const ada = () => ownerOf(test, 'engines', 'ada@example.com');

describe('REST and MCP', () => {
  it('are two ways to the same notes', async () => {
    const caller = await ada();
    const created = await rest(caller, 'POST', '/api/v1/notes', NOTE);
    expect(created).toMatchObject({ status: 201, body: { data: NOTE } });
    const { id } = created.body.data;

    const { output } = await caller.callTool(NotesTools, 'updateNote', { id, title: 'Loom' });
    expect(output).toEqual({
      ...created.body.data,
      title: 'Loom',
      updatedAt: expect.any(String),
    });
    expect((await rest(caller, 'GET', `/api/v1/notes/${id}`)).body.data.title).toBe('Loom');
    expect((await caller.readResource(`notes://note/${id}`)).text).toBe(
      '# Loom\n\nIt weaves algebra.\n',
    );
  });

  it('ask for the same: what a caller may not do over one, it may not over the other', async () => {
    const reader = await test.as({
      email: 'grace@example.com',
      organization: 'engines',
      permissions: READER,
      scopes: ALL_SCOPES,
    });
    expect((await rest(reader, 'GET', '/api/v1/notes')).status).toBe(200);
    expect((await rest(reader, 'POST', '/api/v1/notes', NOTE)).status).toBe(403);
    await expect(reader.callTool(NotesTools, 'createNote', NOTE)).toBeForbidden();
  });

  it('ask an OAuth client for the scopes that its user has not given yet', async () => {
    const agent = await test.as({
      email: 'ada@example.com',
      organization: 'engines',
      scopes: ['notes:read'],
    });
    expect((await rest(agent, 'GET', '/api/v1/notes')).status).toBe(200);
    const refused = await rest(agent, 'POST', '/api/v1/notes', NOTE);
    expect(refused.status).toBe(403);
    expect(refused.headers.get('www-authenticate')).toMatch(/insufficient_scope.*notes:write/);
    await expect(agent.callTool(NotesTools, 'createNote', NOTE)).toRequireScopes('notes:write');
  });
});

describe('REST', () => {
  it('challenges strangers as the endpoint of MCP does', async () => {
    const stranger = test.anonymous();
    const { status, headers } = await rest(stranger, 'GET', '/api/v1/notes');
    expect(status).toBe(401);
    const [, metadata = ''] = /resource_metadata="([^"]+)"/.exec(
      headers.get('www-authenticate') ?? '',
    ) ?? [undefined];
    expect((await rest(stranger, 'GET', metadata)).body).toMatchObject({ resource: test.url });
  });

  it('answers bad input as a problem that names the fields', async () => {
    const { status, headers, body } = await rest(await ada(), 'POST', '/api/v1/notes', {
      title: '',
      body: 'x',
      organizationId: 'org_of_somebody_else',
    });
    expect(status).toBe(400);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(body.errors).toEqual([
      'property organizationId should not exist',
      'title must be longer than or equal to 1 characters',
    ]);
  });

  it('pages, the newest first', async () => {
    const caller = await ownerOf(test, 'pages', 'mary@example.com');
    for (const title of ['1', '2', '3']) {
      await rest(caller, 'POST', '/api/v1/notes', { title, body: 'x' });
    }
    const first = await rest(caller, 'GET', '/api/v1/notes?limit=2');
    expect(first.body.data.items.map(({ title }: { title: string }) => title)).toEqual(['3', '2']);
    const cursor = first.body.data.nextCursor;
    const second = await rest(caller, 'GET', `/api/v1/notes?limit=2&cursor=${cursor}`);
    expect(second.body.data).toMatchObject({ items: [{ title: '1' }], nextCursor: null });
    expect((await rest(caller, 'GET', '/api/v1/notes?limit=0')).status).toBe(400);
  });

  it('knows its versions, and the endpoint of MCP has none', async () => {
    const caller = await ada();
    expect((await rest(caller, 'GET', '/api/v2/notes')).status).toBe(404);
    expect((await rest(caller, 'GET', '/api/notes')).status).toBe(404);
    expect(new URL(test.url).pathname).toBe('/api/mcp');
  });

  it('tells its health to everybody', async () => {
    const { status, body } = await rest(test.anonymous(), 'GET', '/health');
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { data: { status: 'ok', details: { database: { status: 'up' } } } },
    });
  });
});
