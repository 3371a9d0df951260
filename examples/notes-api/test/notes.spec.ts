import type { McpTest } from 'nestjs-clerk-mcp/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CommentsTools } from '../src/comments/comments.tools.js';
import { ExportsTools } from '../src/exports/exports.tools.js';
import { NotesTools } from '../src/notes/notes.tools.js';
import { SharingTools } from '../src/sharing/sharing.tools.js';
import { ownerOf, rest, startNotes } from './notes-test.js';

let test: McpTest;
beforeAll(async () => {
  test = await startNotes();
});
afterAll(() => test.close());

/** A caller in an organization of its own. */
let organizations = 0;
const somebody = () => {
  organizations += 1;
  return ownerOf(test, `own-${organizations}`, `owner-${organizations}@example.com`);
};

const NOTE = { title: 'Engine', body: 'It weaves algebra.', tags: ['maths'] };

describe.each(['modern', 'legacy'] as const)('deleteNote, %s', (era) => {
  it('asks first, and deletes what the user has agreed to', async () => {
    const caller = await test.as(
      {
        email: `${era}@example.com`,
        organization: era,
        permissions: ['org:notes:read', 'org:notes:write', 'org:notes:delete'],
        scopes: ['notes:write'],
      },
      { era },
    );
    const { id } = (await caller.callTool(NotesTools, 'createNote', NOTE)).output;
    for (const answer of [{ sure: false }, 'decline', 'cancel'] as const) {
      const kept = await caller.callTool(NotesTools, 'deleteNote', { id }, { answers: [answer] });
      expect(kept.output).toBe('Nothing was deleted.');
    }
    expect((await rest(caller, 'GET', `/api/v1/notes/${id}`)).status).toBe(200);

    const agreed = { answers: [{ sure: true }] };
    const gone = await caller.callTool(NotesTools, 'deleteNote', { id }, agreed);
    expect(gone.output).toBe('The note "Engine" is deleted.');
    expect(caller.asked.at(-1)?.message).toBe('Delete the note "Engine"?');
    expect((await rest(caller, 'GET', `/api/v1/notes/${id}`)).status).toBe(404);
  });
});

describe('clients that listen', () => {
  it('hear of a note that REST has changed', async () => {
    const caller = await somebody();
    const { id } = (await caller.callTool(NotesTools, 'createNote', NOTE)).output;
    const uri = `notes://note/${id}`;
    const client = await caller.client();
    const heard = new Promise<string>((resolve) => {
      client.setNotificationHandler('notifications/resources/updated', ({ params }) =>
        resolve(params.uri),
      );
    });
    const subscription = await client.listen({ resourceSubscriptions: [uri] });
    await rest(caller, 'PATCH', `/api/v1/notes/${id}`, { title: 'Loom' });
    expect(await heard).toBe(uri);
    await subscription.close();
  });

  it('do not hear of other organizations, which have recent notes at the same URI', async () => {
    const [mine, theirs] = [await somebody(), await somebody()];
    const uri = 'notes://recent';
    const client = await mine.client();
    const heard: string[] = [];
    client.setNotificationHandler('notifications/resources/updated', async () => {
      heard.push((await mine.readResource(uri)).text);
    });
    const subscription = await client.listen({ resourceSubscriptions: [uri] });
    await theirs.callTool(NotesTools, 'createNote', { ...NOTE, title: 'Theirs' });
    await mine.callTool(NotesTools, 'createNote', { ...NOTE, title: 'Mine' });
    await vi.waitFor(() => expect(heard).not.toEqual([]), { timeout: 10_000 });
    expect(heard).toEqual([expect.stringContaining('Mine')]);
    await subscription.close();
  });
});

describe('tools', () => {
  it('name the fields that do not fit, and never what was in them', async () => {
    const caller = await somebody();
    const call = caller.callTool('createNote', { title: '', body: 'x', tags: ['No Tag'] });
    await expect(call).toHaveToolError(/title.*tags/s);
    await expect(call).not.toHaveToolError(/No Tag/);
  });

  it('page as REST does', async () => {
    const caller = await somebody();
    for (const title of ['1', '2', '3']) {
      await caller.callTool(NotesTools, 'createNote', { title, body: 'x' });
    }
    const first = (await caller.callTool(NotesTools, 'searchNotes', { limit: 2 })).output;
    expect(first.items.map(({ title }) => title)).toEqual(['3', '2']);
    const cursor = String(first.nextCursor);
    const second = await caller.callTool(NotesTools, 'searchNotes', { limit: 2, cursor });
    expect(second.output).toMatchObject({ items: [{ title: '1' }], nextCursor: null });
  });

  it('search for words as they are, not for patterns', async () => {
    const caller = await somebody();
    await caller.callTool(NotesTools, 'createNote', { title: 'Sure', body: '100 % sure' });
    await caller.callTool(NotesTools, 'createNote', { title: 'Half', body: 'half sure' });
    const { items } = (await caller.callTool(NotesTools, 'searchNotes', { text: '%' })).output;
    expect(items.map(({ title }) => title)).toEqual(['Sure']);
  });

  it('write comments that REST reads', async () => {
    const caller = await somebody();
    const { id } = (await caller.callTool(NotesTools, 'createNote', NOTE)).output;
    const comment = { noteId: id, text: 'Poetical science' };
    const { output } = await caller.callTool(CommentsTools, 'addComment', comment);
    const listed = await rest(caller, 'GET', `/api/v1/notes/${id}/comments`);
    expect(listed.body.data).toEqual({ items: [output], nextCursor: null });
    expect(output.authorId).toBe(caller.userId);
  });
});

describe('a prompt', () => {
  it('sums up the notes with a tag, which is completed by use', async () => {
    const caller = await somebody();
    await caller.callTool(NotesTools, 'createNote', NOTE);
    await caller.callTool(NotesTools, 'createNote', { ...NOTE, tags: ['maths', 'machines'] });
    const prompt = await caller.getPrompt('summarize', { tag: 'maths' });
    expect(prompt.text).toMatch(/^Sum up these notes as bullets\.\n\n## Engine\n\nIt weaves/);
    const typed = { name: 'tag', value: 'ma' };
    expect(await caller.complete({ prompt: 'summarize' }, typed)).toEqual(['maths', 'machines']);
    await expect(caller.getPrompt('summarize', { tag: 'No Tag' })).toHaveProtocolError(-32602);
  });
});

describe('a link to a note', () => {
  it('lets anybody read it, until it ends', async () => {
    const caller = await somebody();
    const { id } = (await caller.callTool(NotesTools, 'createNote', NOTE)).output;
    const share = { noteId: id, hours: 2 };
    const { url, expiresAt } = (await caller.callTool(SharingTools, 'shareNote', share)).output;
    const guest = test.anonymous();
    expect((await rest(guest, 'GET', url)).body).toEqual({
      data: { title: NOTE.title, body: NOTE.body },
    });
    expect(Date.parse(expiresAt) - Date.now()).toBeLessThanOrEqual(2 * 3_600_000);

    await expect(caller.callTool(SharingTools, 'unshareNote', { noteId: id })).toHaveToolOutput(
      'Links ended: 1.',
    );
    expect((await rest(guest, 'GET', url)).status).toBe(404);
  });

  it('leads to this note only, and a made-up one nowhere', async () => {
    const caller = await somebody();
    const [first, second] = [
      (await caller.callTool(NotesTools, 'createNote', NOTE)).output,
      (await caller.callTool(NotesTools, 'createNote', { title: 'Other', body: 'x' })).output,
    ];
    const share = { noteId: second.id, hours: 1 };
    const { url } = (await caller.callTool(SharingTools, 'shareNote', share)).output;
    expect((await rest(test.anonymous(), 'GET', url)).body.data.title).toBe('Other');
    expect((await rest(test.anonymous(), 'GET', `/api/v1/shared/${first.id}`)).status).toBe(404);
  });
});

describe('an export', () => {
  it('has all notes, as a resource and as a file', async () => {
    const caller = await somebody();
    for (let index = 0; index < 3; index += 1) {
      await caller.callTool(NotesTools, 'createNote', { title: `${index}`, body: 'x' });
    }
    const progress: number[] = [];
    const { output } = await caller.callTool(
      ExportsTools,
      'exportNotes',
      {},
      { onProgress: (step) => progress.push(step.progress) },
    );
    expect(output.noteCount).toBe(3);
    expect(progress).toEqual([3]);
    const { text } = await caller.readResource(output.uri);
    expect(titlesOf(text)).toEqual(['2', '1', '0']);

    const made = await rest(caller, 'POST', '/api/v1/exports');
    const file = await rest(caller, 'GET', `/api/v1/exports/${made.body.data.id}`);
    expect(file.headers.get('content-type')).toBe('application/x-ndjson');
    expect(titlesOf(file.body)).toEqual(['2', '1', '0']);
  });
});

const titlesOf = (lines: string) =>
  lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).title);
