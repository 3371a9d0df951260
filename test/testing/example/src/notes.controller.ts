// src/notes.controller.ts
import { Controller, Get, UseGuards } from '@nestjs/common';
import { ClerkAuthGuard, RequireScopes } from 'nestjs-clerk-mcp';

@Controller('notes')
@UseGuards(ClerkAuthGuard)
@RequireScopes('notes:read')
export class NotesController {
  @Get()
  list() {
    return [{ id: 1, text: 'Buy milk' }];
  }
}
