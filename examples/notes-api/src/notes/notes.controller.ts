import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  ParseUUIDPipe,
  Patch,
  Post,
  Query,
} from '@nestjs/common';
import { McpTool, RequirePermission } from 'nestjs-clerk-mcp';
import { ReadsNotes, WritesNotes } from '../clerk/notes.access.js';
import { CreateNoteBody, NotesQuery, UpdateNoteBody } from './notes.dto.js';
import { NotesService } from './notes.service.js';

@Controller({ path: 'notes', version: '1' })
export class NotesController {
  constructor(private readonly notes: NotesService) {}

  @ReadsNotes()
  @Get()
  search(@Query() query: NotesQuery) {
    return this.notes.search(query);
  }

  @ReadsNotes()
  @McpTool({ name: 'getNote', description: 'Reads one note of your organization' })
  @Get(':id')
  get(@Param('id', ParseUUIDPipe) id: string) {
    return this.notes.get(id);
  }

  @WritesNotes()
  @Post()
  create(@Body() body: CreateNoteBody) {
    return this.notes.create(body);
  }

  @WritesNotes()
  @Patch(':id')
  update(@Param('id', ParseUUIDPipe) id: string, @Body() body: UpdateNoteBody) {
    return this.notes.update(id, body);
  }

  @WritesNotes()
  @RequirePermission('org:notes:delete')
  @Delete(':id')
  @HttpCode(204)
  remove(@Param('id', ParseUUIDPipe) id: string) {
    return this.notes.remove(id);
  }
}
