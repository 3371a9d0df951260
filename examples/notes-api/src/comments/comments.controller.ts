import { Body, Controller, Get, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { IsString, Length } from 'class-validator';
import { McpTool } from 'nestjs-clerk-mcp';
import { z } from 'zod';
import { ReadsNotes, WritesNotes } from '../clerk/notes.access.js';
import { MAX_LIMIT } from '../http/page.js';
import { PageQuery } from '../http/page.query.js';
import { MAX_COMMENT } from './comment.js';
import { CommentsService } from './comments.service.js';

/** Body of `POST /notes/:id/comments`. */
export class AddCommentBody {
  @IsString()
  @Length(1, MAX_COMMENT)
  readonly text!: string;
}

/** What a model sends to list comments: the path and the query of the route. */
const WhichComments = z.object({
  id: z.uuid().describe('Id of the note'),
  cursor: z.uuid().optional().describe('nextCursor of the page before'),
  limit: z.int().min(1).max(MAX_LIMIT).optional(),
});

@Controller({ path: 'notes/:id/comments', version: '1' })
export class CommentsController {
  constructor(private readonly comments: CommentsService) {}

  @ReadsNotes()
  @McpTool({
    name: 'listComments',
    description: 'Reads the comments on a note, the newest first',
    input: WhichComments,
    route: {},
  })
  @Get()
  list(@Param('id', ParseUUIDPipe) id: string, @Query() page: PageQuery) {
    return this.comments.list(id, page);
  }

  @WritesNotes()
  @Post()
  add(@Param('id', ParseUUIDPipe) id: string, @Body() { text }: AddCommentBody) {
    return this.comments.add(id, text);
  }
}
