// src/notes.tools.ts
import { Injectable } from '@nestjs/common';
import {
  ClerkContext,
  McpPrompt,
  McpResource,
  McpTool,
  Public,
  RequireOrganization,
  RequireReverification,
  RequireRole,
  RequireScopes,
  type McpContext,
} from 'nestjs-clerk-mcp';
import { z } from 'zod';
import { Mailer } from './mailer.js';

const Note = z.object({ text: z.string().min(1) });
const Sure = z.object({ sure: z.boolean() });

@Injectable()
export class NotesTools {
  constructor(
    private readonly clerk: ClerkContext,
    private readonly mailer: Mailer,
  ) {}

  @McpTool({ description: 'What this server is' })
  @Public()
  about() {
    return 'Notes of your team';
  }

  @McpTool({ description: 'Who calls', output: z.object({ email: z.string() }) })
  async me() {
    const user = await this.clerk.getUser();
    return { email: user.primaryEmailAddress?.emailAddress ?? '' };
  }

  @McpTool({ name: 'add_note', description: 'Adds a note', input: Note, output: Note })
  @RequireScopes('notes:write')
  add({ text }: z.infer<typeof Note>) {
    return { text };
  }

  @McpTool({ description: 'The team of the caller', output: z.object({ id: z.string() }) })
  @RequireOrganization()
  team() {
    return { id: this.clerk.principal?.organization?.id ?? '' };
  }

  @McpTool({ description: 'Deletes every note of the team' })
  @RequireRole('org:admin')
  @RequireReverification('moderate')
  purge() {
    return 'Deleted';
  }

  @McpTool({ description: 'Deletes your notes, once you are sure' })
  clear(_input: object, context: McpContext) {
    const answer = context.answer('sure');
    if (answer.kind === 'elicit' && answer.action !== 'accept') return answer.action;
    const accepted = context.accepted('sure', Sure);
    if (!accepted) return context.elicit('sure', { message: 'Delete all?', schema: Sure });
    return accepted.sure ? 'Deleted' : 'Kept';
  }

  @McpTool({ description: 'Mails a note to the caller', input: Note })
  async mail({ text }: z.infer<typeof Note>) {
    const user = await this.clerk.getUser();
    await this.mailer.send(user.primaryEmailAddress?.emailAddress ?? '', text);
    return 'Sent';
  }

  @McpResource({ uri: 'notes://all', mimeType: 'application/json' })
  all() {
    return JSON.stringify([{ id: 1, text: 'Buy milk' }]);
  }

  @McpPrompt({ description: 'Sums up', input: z.object({ style: z.enum(['short', 'long']) }) })
  sumUp({ style }: { style: string }) {
    return `Sum up my notes. Be ${style}.`;
  }
}
