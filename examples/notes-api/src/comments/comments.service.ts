import { Injectable, NotFoundException } from '@nestjs/common';
import { and, desc, eq, lt } from 'drizzle-orm';
import { ClerkContext } from 'nestjs-clerk-mcp';
import { comments, notes } from '../database/schema.js';
import { TenantDatabase } from '../database/tenant-database.js';
import type { Transaction } from '../database/tokens.js';
import { DEFAULT_LIMIT, pageOf, type Page, type PageRequest } from '../http/page.js';
import { toComment, type Comment } from './comment.js';

/** Comments on notes of the caller's organization. */
@Injectable()
export class CommentsService {
  constructor(
    private readonly database: TenantDatabase,
    private readonly clerk: ClerkContext,
  ) {}

  /** @throws {NotFoundException} the note does not exist */
  async list(
    noteId: string,
    { cursor, limit = DEFAULT_LIMIT }: PageRequest,
  ): Promise<Page<Comment>> {
    const rows = await this.database.run(async (transaction) => {
      await assertNote(transaction, noteId);
      return transaction
        .select()
        .from(comments)
        .where(
          and(
            eq(comments.noteId, noteId),
            cursor === undefined ? undefined : lt(comments.id, cursor),
          ),
        )
        .orderBy(desc(comments.id))
        .limit(limit + 1);
    });
    return pageOf(rows.map(toComment), limit);
  }

  /** @throws {NotFoundException} the note does not exist */
  async add(noteId: string, text: string): Promise<Comment> {
    const { userId: authorId } = this.clerk.getSession();
    const [row] = await this.database.run(async (transaction) => {
      await assertNote(transaction, noteId);
      return transaction.insert(comments).values({ noteId, authorId, text }).returning();
    });
    if (!row) throw new Error('The database has returned no row for an insert.');
    return toComment(row);
  }
}

async function assertNote(transaction: Transaction, id: string): Promise<void> {
  const found = await transaction.select({ id: notes.id }).from(notes).where(eq(notes.id, id));
  if (found.length === 0) throw new NotFoundException('There is no such note.');
}
