import { Injectable } from '@nestjs/common';
import { McpCompletion, McpResource, McpResourceTemplate } from 'nestjs-clerk-mcp';
import type { CompletionInput } from 'nestjs-clerk-mcp/extend';
import { z } from 'zod';
import { ReadsNotes } from '../clerk/notes.access.js';
import { NotesService } from './notes.service.js';

const Which = z.object({ id: z.uuid() });

@Injectable()
export class NotesResources {
  constructor(private readonly notes: NotesService) {}

  @ReadsNotes()
  @McpResource({
    uri: 'notes://recent',
    title: 'Recent notes',
    description: 'The 20 newest notes of your organization',
  })
  async recentNotes() {
    const { items } = await this.notes.search({});
    return items.map(({ id, title, tags, updatedAt }) => ({ id, title, tags, updatedAt }));
  }

  @ReadsNotes()
  @McpResourceTemplate({
    uriTemplate: 'notes://note/{id}',
    title: 'A note',
    mimeType: 'text/markdown',
    variables: Which,
  })
  async note({ id }: z.infer<typeof Which>) {
    const { title, body } = await this.notes.get(id);
    return `# ${title}\n\n${body}\n`;
  }

  @ReadsNotes()
  @McpCompletion({ uriTemplate: 'notes://note/{id}', variable: 'id' })
  async noteIds({ value }: CompletionInput) {
    const { items } = await this.notes.search({ limit: 100 });
    return items.map(({ id }) => id).filter((id) => id.startsWith(value));
  }
}
