import { Injectable, NotFoundException } from '@nestjs/common';
import { and, arrayContains, desc, eq, ilike, lt, or, sql } from 'drizzle-orm';
import { ClerkContext, McpNotifier } from 'nestjs-clerk-mcp';
import { notes } from '../database/schema.js';
import { TenantDatabase } from '../database/tenant-database.js';
import { DEFAULT_LIMIT, pageOf, type Page, type PageRequest } from '../http/page.js';
import { noteUri, toNote, type Note } from './note.js';

export interface NoteInput {
  readonly title: string;
  readonly body: string;
  readonly tags?: readonly string[] | undefined;
}

/** Changes of a note. Missing members stay unchanged. */
export interface NoteChanges {
  readonly title?: string | undefined;
  readonly body?: string | undefined;
  readonly tags?: readonly string[] | undefined;
}

export interface NoteSearch extends PageRequest {
  /** Text that the title or the body contains. */
  readonly text?: string | undefined;
  readonly tag?: string | undefined;
}

/** Notes of the caller's organization, for controllers and tools. */
@Injectable()
export class NotesService {
  constructor(
    private readonly database: TenantDatabase,
    private readonly clerk: ClerkContext,
    private readonly notifier: McpNotifier,
  ) {}

  async search({ text, tag, cursor, limit = DEFAULT_LIMIT }: NoteSearch): Promise<Page<Note>> {
    const pattern = text && `%${text.replace(/[\\%_]/g, '\\$&')}%`;
    const rows = await this.database.run((transaction) =>
      transaction
        .select()
        .from(notes)
        .where(
          and(
            cursor === undefined ? undefined : lt(notes.id, cursor),
            tag === undefined ? undefined : arrayContains(notes.tags, [tag]),
            pattern ? or(ilike(notes.title, pattern), ilike(notes.body, pattern)) : undefined,
          ),
        )
        .orderBy(desc(notes.id))
        .limit(limit + 1),
    );
    return pageOf(rows.map(toNote), limit);
  }

  /** @throws {NotFoundException} also for a note of another organization */
  async get(id: string): Promise<Note> {
    const rows = await this.database.run((transaction) =>
      transaction.select().from(notes).where(eq(notes.id, id)),
    );
    return theOnly(rows);
  }

  async create({ title, body, tags = [] }: NoteInput): Promise<Note> {
    const { userId: authorId } = this.clerk.getSession();
    const rows = await this.database.run((transaction) =>
      transaction
        .insert(notes)
        .values({ authorId, title, body, tags: [...tags] })
        .returning(),
    );
    this.tell(RECENT_NOTES);
    return theOnly(rows);
  }

  /** @throws {NotFoundException} */
  async update(id: string, { title, body, tags }: NoteChanges): Promise<Note> {
    const changes = {
      ...(title !== undefined && { title }),
      ...(body !== undefined && { body }),
      ...(tags !== undefined && { tags: [...tags] }),
    };
    const rows = await this.database.run((transaction) =>
      transaction
        .update(notes)
        .set({ ...changes, updatedAt: sql`now()` })
        .where(eq(notes.id, id))
        .returning(),
    );
    const note = theOnly(rows);
    this.changed(id);
    return note;
  }

  /** @throws {NotFoundException} */
  async remove(id: string): Promise<void> {
    const rows = await this.database.run((transaction) =>
      transaction.delete(notes).where(eq(notes.id, id)).returning(),
    );
    theOnly(rows);
    this.changed(id);
  }

  /** Tags with this prefix, the most used first. */
  async tags(prefix = '', limit = MAX_TAGS): Promise<readonly string[]> {
    const result = await this.database.run((transaction) =>
      transaction.execute<{ tag: string }>(sql`
        SELECT tag FROM ${notes}, unnest(${notes.tags}) AS tag
        WHERE starts_with(tag, ${prefix})
        GROUP BY tag ORDER BY count(*) DESC, tag LIMIT ${limit}`),
    );
    return result.rows.map(({ tag }) => tag);
  }

  private changed(id: string): void {
    this.tell(noteUri(id));
    this.tell(RECENT_NOTES);
  }

  /**
   * Notifies listening MCP clients of a change over REST or MCP. Clients of other organizations receive
   * no notification.
   */
  private tell(uri: string): void {
    const organizationId = this.clerk.principal?.organization?.id;
    if (organizationId) this.notifier.resourceUpdated(uri, { organizationId });
  }
}

/** URI of the newest notes as a resource. */
export const RECENT_NOTES = 'notes://recent';

const MAX_TAGS = 100;

function theOnly(rows: readonly (typeof notes.$inferSelect)[]): Note {
  const [row] = rows;
  if (!row) throw new NotFoundException('There is no such note.');
  return toNote(row);
}
