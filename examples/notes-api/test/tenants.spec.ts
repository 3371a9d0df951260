import type { McpCaller, McpTest } from 'nestjs-clerk-mcp/testing';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommentsTools } from '../src/comments/comments.tools.js';
import { DATABASE, type Database } from '../src/database/tokens.js';
import { TenantDatabase } from '../src/database/tenant-database.js';
import { notes } from '../src/database/schema.js';
import { NotesTools } from '../src/notes/notes.tools.js';
import { ALL_SCOPES, OWNER, ownerOf, rest, startNotes } from './notes-test.js';

let test: McpTest;
let ada: McpCaller;
let adaInOrbits: McpCaller;
let katherine: McpCaller;
let secret: { readonly id: string };
beforeAll(async () => {
  test = await startNotes();
  ada = await ownerOf(test, 'engines', 'ada@example.com');
  adaInOrbits = await ownerOf(test, 'orbits', 'ada@example.com');
  katherine = await ownerOf(test, 'orbits', 'katherine@example.com');
  const note = { title: 'Secret', body: 'of engines', tags: ['secret'] };
  secret = (await ada.callTool(NotesTools, 'createNote', note)).output;
});
afterAll(() => test.close());

describe('a note of another organization', () => {
  it('does not exist for tools', async () => {
    const { id } = secret;
    expect((await katherine.callTool(NotesTools, 'searchNotes', {})).output.items).toEqual([]);
    for (const call of [
      katherine.callTool(NotesTools, 'updateNote', { id, title: 'Mine' }),
      katherine.callTool(NotesTools, 'deleteNote', { id }),
      katherine.callTool(CommentsTools, 'addComment', { noteId: id, text: 'Hi' }),
      katherine.callTool('listComments', { id }),
      katherine.callTool('getNote', { id }),
      katherine.callTool('shareNote', { noteId: id, hours: 1 }),
    ]) {
      await expect(call).toHaveToolError('There is no such note.');
    }
    expect((await ada.callTool(NotesTools, 'searchNotes', {})).output.items).toMatchObject([
      { id, title: 'Secret' },
    ]);
  });

  it('does not exist for resources, prompts and completions', async () => {
    await expect(katherine.readResource(`notes://note/${secret.id}`)).toHaveProtocolError(-32602);
    expect((await katherine.readResource('notes://recent')).json()).toEqual([]);
    const prompt = await katherine.getPrompt('summarize', { tag: 'secret' });
    expect(prompt.text).not.toContain('of engines');
    const typed = { name: 'tag', value: 'sec' };
    expect(await katherine.complete({ prompt: 'summarize' }, typed)).toEqual([]);
    expect(await ada.complete({ prompt: 'summarize' }, typed)).toEqual(['secret']);
  });

  it('does not exist for REST', async () => {
    const path = `/api/v1/notes/${secret.id}`;
    expect((await rest(katherine, 'GET', path)).status).toBe(404);
    expect((await rest(katherine, 'PATCH', path, { title: 'Mine' })).status).toBe(404);
    expect((await rest(katherine, 'DELETE', path)).status).toBe(404);
    expect((await rest(katherine, 'POST', `${path}/comments`, { text: 'Hi' })).status).toBe(404);
    expect((await rest(ada, 'GET', path)).body.data.title).toBe('Secret');
  });
});

describe('the organization', () => {
  it('is that of the token, for a user of several', async () => {
    expect((await adaInOrbits.callTool(NotesTools, 'searchNotes', {})).output.items).toEqual([]);
    expect((await ada.callTool(NotesTools, 'searchNotes', {})).output.items).toHaveLength(1);
  });

  it('is nothing that input can say', async () => {
    const organizationId = ada.organizationId;
    await katherine.callTool('createNote', {
      title: 'Planted',
      body: 'x',
      organizationId,
      organization_id: organizationId,
    });
    const { output } = await ada.callTool(NotesTools, 'searchNotes', { text: 'Planted' });
    expect(output.items).toEqual([]);
  });

  it('is needed: a token without one sees no tool', async () => {
    const nowhere = await test.as({ email: 'ada@example.com', scopes: ALL_SCOPES });
    await expect(nowhere).toSeeTools();
    expect((await rest(nowhere, 'GET', '/api/v1/notes')).status).toBe(403);
  });
});

it('two organizations at work at the same time never see each other', async () => {
  const sides = ['left', 'right'] as const;
  const callers: McpCaller[] = [];
  for (const organization of sides) {
    // Session tokens contain role and permissions, so these calls send no request to Clerk.
    const caller = await test.as({
      email: `${organization}@example.com`,
      organization,
      permissions: OWNER,
      tokenType: 'session_token',
      expiresIn: 600,
    });
    await caller.callTool(NotesTools, 'searchNotes', {});
    callers.push(caller);
  }
  const work = Array.from({ length: 60 }, async (_, index) => {
    const side = index % 2;
    const caller = callers[side] as McpCaller;
    const title = `${sides[side]} ${index}`;
    if (index % 4 < 2) await caller.callTool(NotesTools, 'createNote', { title, body: 'x' });
    else await rest(caller, 'POST', '/api/v1/notes', { title, body: 'x' });
    const { output } = await caller.callTool(NotesTools, 'searchNotes', { limit: 100 });
    return output.items.map((note) => `${sides[side]} sees ${note.title.split(' ')[0]}`);
  });
  const seen = new Set((await Promise.all(work)).flat());
  expect([...seen].toSorted()).toEqual(['left sees left', 'right sees right']);
});

describe('the database itself', () => {
  it('keeps organizations apart for work that forgets to', async () => {
    const tenants = test.get(TenantDatabase);
    const rows = await tenants.runAs('org_stranger', (tx) => tx.select().from(notes));
    expect(rows).toEqual([]);
    const planted = { organizationId: String(ada.organizationId), authorId: 'x' };
    await expect(
      tenants.runAs('org_stranger', (tx) =>
        tx.insert(notes).values({ ...planted, title: 'x', body: 'x' }),
      ),
    ).rejects.toMatchObject({ cause: { message: expect.stringContaining('row-level security') } });
  });

  it('has such a policy on every table', async () => {
    const { rows } = await test.get<Database>(DATABASE).execute<{ relname: string }>(sql`
      SELECT relname FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND NOT relrowsecurity`);
    expect(rows).toEqual([]);
  });

  it('is used by nobody without an organization', async () => {
    await expect(async () => test.get(TenantDatabase).run(async () => 'x')).rejects.toThrow(
      'Choose an organization',
    );
  });
});

it('a member who lost the permission loses it with the next look at the membership', async () => {
  const eve = await test.as({
    email: 'eve@example.com',
    organization: 'engines',
    permissions: OWNER,
    scopes: ALL_SCOPES,
  });
  await expect(eve.callTool(NotesTools, 'searchNotes', {})).resolves.toBeDefined();
  test.clerk.organizations.addMember({
    organization: 'engines',
    user: 'eve@example.com',
    permissions: [],
  });
  test.clock.advance({ minutes: 2 });
  await expect(eve.callTool(NotesTools, 'searchNotes', {})).toBeForbidden();
  test.clock.restore();
});
