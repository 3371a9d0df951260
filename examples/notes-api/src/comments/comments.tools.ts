import { Injectable } from '@nestjs/common';
import { McpTool } from 'nestjs-clerk-mcp';
import { z } from 'zod';
import { WritesNotes } from '../clerk/notes.access.js';
import { Comment, MAX_COMMENT } from './comment.js';
import { CommentsService } from './comments.service.js';

const NoteId = z.uuid().describe('Id of the note');
const NewComment = z.object({ noteId: NoteId, text: z.string().min(1).max(MAX_COMMENT) });

@Injectable()
export class CommentsTools {
  constructor(private readonly comments: CommentsService) {}

  @WritesNotes()
  @McpTool({ description: 'Comments on a note', input: NewComment, output: Comment })
  addComment({ noteId, text }: z.infer<typeof NewComment>) {
    return this.comments.add(noteId, text);
  }
}
