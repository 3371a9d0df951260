import { ArrayMaxSize, IsArray, IsOptional, IsString, Length, Matches } from 'class-validator';
import { PageQuery } from '../http/page.query.js';
import { MAX_BODY, MAX_TAGS, MAX_TITLE, TAG } from './note-limits.js';
import type { NoteChanges, NoteInput, NoteSearch } from './notes.service.js';

/** `GET /notes?text=…&tag=…` */
export class NotesQuery extends PageQuery implements NoteSearch {
  @IsOptional()
  @IsString()
  @Length(1, 200)
  readonly text?: string;

  @IsOptional()
  @Matches(TAG)
  readonly tag?: string;
}

/** Body of `POST /notes`. */
export class CreateNoteBody implements NoteInput {
  @IsString()
  @Length(1, MAX_TITLE)
  readonly title!: string;

  @IsString()
  @Length(1, MAX_BODY)
  readonly body!: string;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_TAGS)
  @Matches(TAG, { each: true })
  readonly tags?: string[];
}

/** Body of `PATCH /notes/:id`. */
export class UpdateNoteBody implements NoteChanges {
  @IsOptional()
  @IsString()
  @Length(1, MAX_TITLE)
  readonly title?: string;

  @IsOptional()
  @IsString()
  @Length(1, MAX_BODY)
  readonly body?: string;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_TAGS)
  @Matches(TAG, { each: true })
  readonly tags?: string[];
}
