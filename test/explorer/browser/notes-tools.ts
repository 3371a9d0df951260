import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import {
  AcceptTokens,
  ClerkContext,
  Confirm,
  McpCompletion,
  McpNotifier,
  McpPrompt,
  McpResource,
  McpResourceTemplate,
  McpTool,
  Public,
  RequireOrganization,
  RequirePermission,
  RequireReverification,
  RequireScopes,
  type McpContext,
} from '../../../src/index.js';

const NEW_NOTE = z.object({
  title: z.string().min(1).max(120),
  body: z.string().max(10_000).describe('Markdown'),
  visibility: z.enum(['private', 'team', 'public']).default('team'),
  pinned: z.boolean().optional(),
  priority: z.int().min(1).max(5).optional(),
  due: z.iso.date().optional(),
  tags: z.array(z.string()).max(8).optional(),
  reminder: z
    .object({
      at: z.iso.datetime(),
      channel: z.enum(['e-mail', 'push', 'text message', 'call', 'none']).optional(),
    })
    .optional(),
  source: z
    .union([
      z.object({ kind: z.literal('link'), url: z.url() }),
      z.object({ kind: z.literal('note'), id: z.string() }),
    ])
    .optional(),
});
const NOTE = NEW_NOTE.extend({ id: z.string(), author: z.string(), version: z.int() });
const LAUNCH = {
  id: 'b7e0c1f4-2a51-4a3e-9d0e-51c7a0f3d2aa',
  title: 'Launch checklist',
  body: 'Freeze copy on Thursday.',
  visibility: 'team',
} as const;

/** What anybody may ask. */
@Injectable()
export class AboutTools {
  constructor(private readonly clerk: ClerkContext) {}

  @Public()
  @McpTool({
    title: 'About this server',
    description: 'What this server is for',
    annotations: { readOnlyHint: true },
  })
  about() {
    return 'Notes of organizations.';
  }

  @McpTool({
    title: 'Who is calling',
    description: 'The caller, as the server sees it',
    output: z.object({ subject: z.string(), tokenType: z.string() }),
    annotations: { readOnlyHint: true },
  })
  whoami() {
    const { subject = '', tokenType = '' } = this.clerk.principal ?? {};
    return { subject, tokenType };
  }
}

/** Notes with each kind of field, of question and of answer. */
@Injectable()
export class NotesTools {
  constructor(private readonly notifier: McpNotifier) {}

  @RequireScopes('notes:read')
  @McpTool({
    title: 'Search notes',
    description: 'Finds notes by their words',
    input: z.object({ words: z.string(), limit: z.int().min(1).max(100).default(10) }),
    annotations: { readOnlyHint: true },
  })
  search_notes({ words, limit }: { words: string; limit: number }) {
    return JSON.stringify({ words, limit, found: [LAUNCH] });
  }

  @RequireScopes('notes:write')
  @McpTool({
    title: 'Create a note',
    description:
      'Writes a new note in your organization and answers with the note as it was stored.',
    input: NEW_NOTE,
    output: NOTE,
  })
  create_note(note: z.infer<typeof NEW_NOTE>) {
    this.notifier.resourceUpdated('notes://recent');
    return { ...note, id: LAUNCH.id, author: 'user_ada', version: 1 };
  }

  @RequireScopes('notes:write')
  @Confirm('Delete the note “Launch checklist”?')
  @McpTool({
    title: 'Delete a note',
    description: 'Deletes a note with its comments, after the user has agreed.',
    input: z.object({ id: z.string() }),
    annotations: { destructiveHint: true },
  })
  delete_note({ id }: { id: string }) {
    return `Deleted ${id}.`;
  }

  @RequireScopes('notes:read')
  @McpTool({ title: 'A picture of the notes', description: 'Answers with each kind of content' })
  picture_notes(_input: object, context: McpContext) {
    const link = { type: 'resource_link', uri: 'notes://recent', name: 'Recent notes' } as const;
    return [
      'A pixel:',
      context.image(Buffer.from(PIXEL, 'base64'), 'image/png'),
      context.audio(Buffer.from('RIFF'), 'audio/wav'),
      context.file('# Notes', { uri: 'notes://file', mimeType: 'text/markdown' }),
      link,
    ];
  }

  @RequireScopes('notes:read')
  @McpResource({ uri: 'notes://recent', title: 'Recent notes', mimeType: 'text/markdown' })
  recent() {
    return '# Launch checklist\n\nFreeze copy on Thursday.';
  }

  @RequireScopes('notes:read')
  @McpResourceTemplate({ uriTemplate: 'notes://note/{id}', title: 'A note' })
  note({ id }: { id: string }) {
    return `# The note ${id}`;
  }

  @McpCompletion({ uriTemplate: 'notes://note/{id}', variable: 'id' })
  ids({ value }: { value: string }) {
    return ['launch', 'later'].filter((id) => id.startsWith(value));
  }

  @RequireScopes('notes:read')
  @McpPrompt({
    title: 'Weekly review',
    description: 'Reviews the notes of a week',
    input: z.object({ week: z.string(), tone: z.string().optional() }),
  })
  weekly_review({ week, tone }: { week: string; tone?: string | undefined }) {
    return `Review week ${week}, ${tone ?? 'plainly'}.`;
  }

  @McpCompletion({ prompt: 'weekly_review', argument: 'week' })
  weeks({ value }: { value: string }) {
    return ['2026-48', '2026-49'].filter((week) => week.startsWith(value));
  }
}

/** What asks for more than a scope. */
@Injectable()
export class SharingTools {
  @RequireScopes('notes:share')
  @RequireOrganization()
  @McpTool({
    title: 'Share a note',
    description: 'Makes a link to a note that works for anybody who has it.',
    input: z.object({ id: z.string().default(LAUNCH.id), views: z.int().optional() }),
  })
  share_note({ id }: { id: string }) {
    return `https://notes.test/shared/${id}`;
  }

  @RequireScopes('notes:share')
  @RequirePermission('org:notes:share')
  @McpTool({
    title: 'Revoke a share',
    description: 'Ends a link',
    annotations: { destructiveHint: true },
  })
  revoke_share() {
    return 'Revoked.';
  }
}

/** What takes its time, and what asks. */
@Injectable()
export class MaintenanceTools {
  @McpTool({
    title: 'Export all notes',
    description: 'Writes all notes to a file, with progress',
    input: z.object({ wait: z.boolean().default(false) }),
  })
  async export_notes({ wait }: { wait: boolean }, context: McpContext) {
    await context.log('info', 'Export started for Analytical Engines');
    await context.progress(412, 1_280, 'note 2d81 has no author');
    // Until the caller gives up.
    if (wait) await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
    return context.signal.aborted ? 'stopped' : 'exported';
  }

  @McpTool({ title: 'Ask the model', description: 'Has a model say something' })
  ask_model(_input: object, context: McpContext) {
    const answer = context.answer('words');
    if (answer.kind !== 'sampling') {
      const content = { type: 'text' as const, text: 'Say something' };
      return context.sample('words', { messages: [{ role: 'user', content }], maxTokens: 10 });
    }
    const { content } = answer.result;
    return Array.isArray(content) || content.type !== 'text' ? '' : `It said ${content.text}`;
  }

  @McpTool({ title: 'List the roots', description: 'Asks for the roots of the client' })
  list_roots(_input: object, context: McpContext) {
    const answer = context.answer('roots');
    if (answer.kind !== 'roots') return context.ask({ roots: { roots: true } });
    return answer.roots.map(({ uri }) => uri).join();
  }

  @McpTool({ title: 'Open a page', description: 'Sends the user to a page' })
  open_page(_input: object, context: McpContext) {
    const answer = context.answer('paid');
    if (answer.kind === 'elicit') return `The page: ${answer.action}`;
    return context.ask({ paid: { page: { message: 'Pay', url: 'https://pay.test/1' } } });
  }

  @McpTool({ title: 'Rebuild the index', description: 'A long task', task: 'optional' })
  async rebuild_index(_input: object, context: McpContext) {
    await context.progress(1, 2, 'Rebuilding: segment 1');
    return 'Rebuilt.';
  }

  @AcceptTokens('session_token')
  @RequireReverification('strict')
  @McpTool({
    title: 'Purge the trash',
    description: 'Deletes for ever',
    annotations: { destructiveHint: true },
  })
  purge_trash() {
    return 'Purged.';
  }

  @McpTool({ title: 'Fail', description: 'Always fails' })
  fail() {
    throw new Error('The disk is full');
  }
}

export const NOTES = [AboutTools, NotesTools, SharingTools, MaintenanceTools] as const;
export const NOTES_SCOPES = {
  'notes:read': 'Read the notes of your organization',
  'notes:write': 'Write notes and comments',
  'notes:share': 'Share notes by link',
};

const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
