import { Injectable } from '@nestjs/common';
import { Throttle } from '@nestjs/throttler';
import { McpResourceTemplate, McpTool, type McpContext } from 'nestjs-clerk-mcp';
import { z } from 'zod';
import { ExportsNotes } from './exports.access.js';
import { ExportsService } from './exports.service.js';

const Which = z.object({ id: z.uuid() });

@Injectable()
export class ExportsTools {
  constructor(private readonly exports: ExportsService) {}

  @ExportsNotes()
  @Throttle({ default: { limit: 5, ttl: 60_000 } })
  @McpTool({
    description: 'Exports all notes of your organization; read the resource that it names',
    output: z.object({ uri: z.string(), noteCount: z.int() }),
    task: 'optional',
    limits: { timeoutMs: 60_000, maxConcurrentPerPrincipal: 1 },
  })
  async exportNotes(_input: object, context: McpContext) {
    const { id, noteCount } = await this.exports.make({
      signal: context.signal,
      onPage: (notes) => context.progress(notes, undefined, `Notes so far: ${notes}`),
    });
    return { uri: `notes://export/${id}`, noteCount };
  }

  @ExportsNotes()
  @McpResourceTemplate({
    uriTemplate: 'notes://export/{id}',
    title: 'An export',
    mimeType: 'application/x-ndjson',
    variables: Which,
  })
  notesExport({ id }: z.infer<typeof Which>) {
    return this.exports.read(id);
  }
}
