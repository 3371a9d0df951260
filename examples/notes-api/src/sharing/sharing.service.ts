import { createHash, randomBytes } from 'node:crypto';
import { Inject, Injectable, NotFoundException } from '@nestjs/common';
import { eq } from 'drizzle-orm';
import { ClerkContext } from 'nestjs-clerk-mcp';
import { notesConfig, type NotesConfig } from '../config/notes.config.js';
import { notes, shares } from '../database/schema.js';
import { TenantDatabase } from '../database/tenant-database.js';
import { NotesService } from '../notes/notes.service.js';

/** A link with which anybody can read one note for a limited time. */
export interface Share {
  readonly url: string;
  readonly expiresAt: string;
}

/** A note as a guest sees it. */
export interface SharedNote {
  readonly title: string;
  readonly body: string;
}

@Injectable()
export class SharingService {
  constructor(
    private readonly database: TenantDatabase,
    private readonly notes: NotesService,
    private readonly clerk: ClerkContext,
    @Inject(notesConfig.KEY) private readonly config: NotesConfig,
  ) {}

  /** @throws {NotFoundException} the note does not exist */
  async share(noteId: string, hours: number): Promise<Share> {
    await this.notes.get(noteId);
    const { userId: sharedBy } = this.clerk.getSession();
    const token = randomBytes(32).toString('base64url');
    const expiresAt = new Date(Date.now() + hours * 3_600_000);
    await this.database.run((transaction) =>
      transaction.insert(shares).values({ noteId, sharedBy, tokenHash: hashOf(token), expiresAt }),
    );
    return {
      url: `${this.config.origin}/api/v1/shared/${token}`,
      expiresAt: expiresAt.toISOString(),
    };
  }

  /** Revokes all links to a note. @returns the number of revoked links */
  async unshare(noteId: string): Promise<number> {
    const gone = await this.database.run((transaction) =>
      transaction.delete(shares).where(eq(shares.noteId, noteId)).returning({ id: shares.id }),
    );
    return gone.length;
  }

  /** @throws {NotFoundException} the link is unknown, expired or revoked */
  async open(token: string): Promise<SharedNote> {
    const [note] = await this.database.runAsGuest(hashOf(token), (transaction) =>
      transaction.select({ title: notes.title, body: notes.body }).from(notes),
    );
    if (!note) throw new NotFoundException('This link leads nowhere.');
    return note;
  }
}

/** Hashes the secret of a link, so that a reader of the database cannot use it. */
function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
