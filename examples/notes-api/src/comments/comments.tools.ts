import { Injectable } from '@nestjs/common';
import { McpTool } from 'nestjs-clerk-mcp';
import { z } from 'zod';
import { ReadsNotes, WritesNotes } from '../clerk/notes.access.js';
import { MAX_LIMIT } from '../http/page.js';
import { Comment, MAX_COMMENT } from './comment.js';
import { CommentsService } from './comments.service.js';

const NoteId = z.uuid().describe('Id of the note');
const Which = z.object({
  noteId: NoteId,
  cursor: z.uuid().optional().describe('nextCursor of the page before'),
  limit: z.int().min(1).max(MAX_LIMIT).optional(),
});
const NewComment = z.object({ noteId: NoteId, text: z.string().min(1).max(MAX_COMMENT) });

@Injectable()
export class CommentsTools {
  constructor(private readonly comments: CommentsService) {}

  @ReadsNotes()
  @McpTool({
    description: 'Reads the comments on a note, the newest first',
    input: Which,
    output: z.object({ items: z.array(Comment), nextCursor: z.string().nullable() }),
    annotations: { readOnlyHint: true },
  })
  async listComments({ noteId, ...page }: z.infer<typeof Which>) {
    const { items, nextCursor } = await this.comments.list(noteId, page);
    return { items: [...items], nextCursor };
  }

  @WritesNotes()
  @McpTool({ description: 'Comments on a note', input: NewComment, output: Comment })
  addComment({ noteId, text }: z.infer<typeof NewComment>) {
    return this.comments.add(noteId, text);
  }
}
