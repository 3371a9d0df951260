import { Controller, Get, Param, ParseUUIDPipe, Post, StreamableFile } from '@nestjs/common';
import { McpTool } from 'nestjs-clerk-mcp';
import { ExportsNotes } from './exports.access.js';
import { ExportsService } from './exports.service.js';

@Controller({ path: 'exports', version: '1' })
export class ExportsController {
  constructor(private readonly exports: ExportsService) {}

  @ExportsNotes()
  @Post()
  make() {
    return this.exports.make();
  }

  @ExportsNotes()
  @McpTool({ name: 'readExport', description: 'Reads an export of your notes, one note a line' })
  @Get(':id')
  async read(@Param('id', ParseUUIDPipe) id: string): Promise<StreamableFile> {
    return new StreamableFile(Buffer.from(await this.exports.read(id)), {
      type: 'application/x-ndjson',
      disposition: 'attachment; filename="notes.ndjson"',
    });
  }
}
