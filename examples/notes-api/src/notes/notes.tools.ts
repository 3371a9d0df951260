import { Injectable } from '@nestjs/common';
import { McpTool, RequirePermission, type McpContext } from 'nestjs-clerk-mcp';
import { z } from 'zod';
import { ReadsNotes, WritesNotes } from '../clerk/notes.access.js';
import { MAX_LIMIT } from '../http/page.js';
import { MAX_BODY, MAX_TAGS, MAX_TITLE, TAG } from './note-limits.js';
import { Note } from './note.js';
import { NotesService } from './notes.service.js';

const NoteId = z.uuid().describe('Id of the note');
const Title = z.string().min(1).max(MAX_TITLE);
const Text = z.string().min(1).max(MAX_BODY).describe('Markdown');
const Tags = z.array(z.string().regex(TAG)).max(MAX_TAGS);

const Search = z.object({
  text: z.string().min(1).max(200).optional().describe('Words in title or body'),
  tag: z.string().regex(TAG).optional(),
  cursor: z.uuid().optional().describe('nextCursor of the page before'),
  limit: z.int().min(1).max(MAX_LIMIT).optional(),
});
const NewNote = z.object({ title: Title, body: Text, tags: Tags.optional() });
const Changes = NewNote.partial().extend({ id: NoteId });
const Which = z.object({ id: NoteId });
const Sure = z.object({ sure: z.boolean().describe('Delete this note and its comments') });

/** MCP tools for notes. The service decides about access to single notes. */
@Injectable()
export class NotesTools {
  constructor(private readonly notes: NotesService) {}

  @ReadsNotes()
  @McpTool({
    description: 'Finds notes of your organization, the newest first',
    input: Search,
    output: z.object({ items: z.array(Note), nextCursor: z.string().nullable() }),
    annotations: { readOnlyHint: true },
  })
  async searchNotes(input: z.infer<typeof Search>) {
    const { items, nextCursor } = await this.notes.search(input);
    return { items: [...items], nextCursor };
  }

  @WritesNotes()
  @McpTool({ description: 'Writes a new note', input: NewNote, output: Note })
  createNote(input: z.infer<typeof NewNote>) {
    return this.notes.create(input);
  }

  @WritesNotes()
  @McpTool({ description: 'Changes a note', input: Changes, output: Note })
  updateNote({ id, ...changes }: z.infer<typeof Changes>) {
    return this.notes.update(id, changes);
  }

  @WritesNotes()
  @RequirePermission('org:notes:delete')
  @McpTool({
    description: 'Deletes a note with its comments, after the user has agreed',
    input: Which,
    annotations: { destructiveHint: true },
  })
  async deleteNote({ id }: z.infer<typeof Which>, context: McpContext) {
    const { title } = await this.notes.get(id);
    // The user confirms this note, so the answer is stored under its id.
    const key = `delete-${id}`;
    const answer = context.answer(key);
    if (answer.kind === 'elicit' && answer.action !== 'accept') return NOTHING;
    const accepted = context.accepted(key, Sure);
    if (!accepted) {
      return context.elicit(key, { message: `Delete the note "${title}"?`, schema: Sure });
    }
    if (!accepted.sure) return NOTHING;
    await this.notes.remove(id);
    return `The note "${title}" is deleted.`;
  }
}

const NOTHING = 'Nothing was deleted.';
