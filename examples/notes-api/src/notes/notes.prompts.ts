import { Injectable } from '@nestjs/common';
import { McpCompletion, McpPrompt } from 'nestjs-clerk-mcp';
import type { CompletionInput } from 'nestjs-clerk-mcp/extend';
import { z } from 'zod';
import { ReadsNotes } from '../clerk/notes.access.js';
import { TAG } from './note-limits.js';
import { NotesService } from './notes.service.js';

const Summary = z.object({
  tag: z.string().regex(TAG).describe('Tag of the notes'),
  style: z.enum(['bullets', 'prose']).default('bullets'),
});

@Injectable()
export class NotesPrompts {
  constructor(private readonly notes: NotesService) {}

  @ReadsNotes()
  @McpPrompt({ description: 'Sums up the notes with a tag', input: Summary })
  async summarize({ tag, style }: z.infer<typeof Summary>) {
    const { items } = await this.notes.search({ tag });
    const texts = items.map(({ title, body }) => `## ${title}\n\n${body}`);
    return `Sum up these notes as ${style}.\n\n${texts.join('\n\n')}`;
  }

  @ReadsNotes()
  @McpCompletion({ prompt: 'summarize', argument: 'tag' })
  tags({ value }: CompletionInput) {
    return this.notes.tags(value);
  }
}
