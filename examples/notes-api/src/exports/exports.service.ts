import { Injectable, NotFoundException } from '@nestjs/common';
import { eq } from 'drizzle-orm';
import { ClerkContext } from 'nestjs-clerk-mcp';
import { exports } from '../database/schema.js';
import { TenantDatabase } from '../database/tenant-database.js';
import { NotesService } from '../notes/notes.service.js';

export interface NotesExport {
  readonly id: string;
  readonly noteCount: number;
}

/** Reports the progress of an export, and aborts it. */
export interface ExportWatcher {
  readonly signal?: AbortSignal;
  onPage?(notesSoFar: number): Promise<void>;
}

@Injectable()
export class ExportsService {
  constructor(
    private readonly database: TenantDatabase,
    private readonly notes: NotesService,
    private readonly clerk: ClerkContext,
  ) {}

  /** Stores all notes of the organization as lines of JSON. */
  async make({ signal, onPage }: ExportWatcher = {}): Promise<NotesExport> {
    const { userId: requestedBy } = this.clerk.getSession();
    const lines: string[] = [];
    let cursor: string | undefined;
    do {
      signal?.throwIfAborted();
      // Each page starts after the last item of the previous page.
      const page = await this.notes.search({ cursor, limit: PAGE });
      lines.push(...page.items.map((note) => `${JSON.stringify(note)}\n`));
      cursor = page.nextCursor ?? undefined;
      await onPage?.(lines.length);
    } while (cursor !== undefined);
    const [row] = await this.database.run((transaction) =>
      transaction
        .insert(exports)
        .values({ requestedBy, noteCount: lines.length, content: lines.join('') })
        .returning({ id: exports.id, noteCount: exports.noteCount }),
    );
    if (!row) throw new Error('The database has returned no row for an insert.');
    return row;
  }

  /** @throws {NotFoundException} also for an export of another organization */
  async read(id: string): Promise<string> {
    const [row] = await this.database.run((transaction) =>
      transaction.select({ content: exports.content }).from(exports).where(eq(exports.id, id)),
    );
    if (!row) throw new NotFoundException('There is no such export.');
    return row.content;
  }
}

const PAGE = 100;
