import { Body, Controller, Get, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { IsString, Length } from 'class-validator';
import { ReadsNotes, WritesNotes } from '../clerk/notes.access.js';
import { PageQuery } from '../http/page.query.js';
import { MAX_COMMENT } from './comment.js';
import { CommentsService } from './comments.service.js';

/** Body of `POST /notes/:id/comments`. */
export class AddCommentBody {
  @IsString()
  @Length(1, MAX_COMMENT)
  readonly text!: string;
}

@Controller({ path: 'notes/:id/comments', version: '1' })
export class CommentsController {
  constructor(private readonly comments: CommentsService) {}

  @ReadsNotes()
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
