import { Injectable } from '@nestjs/common';
import { McpTool } from 'nestjs-clerk-mcp';
import { z } from 'zod';
import { SharesNotes } from '../clerk/notes.access.js';
import { MAX_HOURS } from './share-limits.js';
import { SharingService } from './sharing.service.js';

const NoteId = z.uuid().describe('Id of the note');
const HowLong = z.object({ noteId: NoteId, hours: z.int().min(1).max(MAX_HOURS).default(24) });
const Which = z.object({ noteId: NoteId });

@Injectable()
export class SharingTools {
  constructor(private readonly sharing: SharingService) {}

  @SharesNotes()
  @McpTool({
    description: 'Makes a link by which anybody can read a note, for some hours',
    input: HowLong,
    output: z.object({ url: z.url(), expiresAt: z.iso.datetime() }),
    annotations: { openWorldHint: true },
  })
  shareNote({ noteId, hours }: z.infer<typeof HowLong>) {
    return this.sharing.share(noteId, hours);
  }

  @SharesNotes()
  @McpTool({ description: 'Ends all links to a note', input: Which })
  async unshareNote({ noteId }: z.infer<typeof Which>) {
    const ended = await this.sharing.unshare(noteId);
    return `Links ended: ${ended}.`;
  }
}
