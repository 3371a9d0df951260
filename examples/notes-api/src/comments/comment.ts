import { z } from 'zod';
import type { comments } from '../database/schema.js';

/** A comment on a note. */
export const Comment = z.object({
  id: z.uuid(),
  noteId: z.uuid(),
  text: z.string(),
  authorId: z.string(),
  createdAt: z.iso.datetime(),
});

export type Comment = z.infer<typeof Comment>;

/** Characters of a comment. */
export const MAX_COMMENT = 2_000;

export function toComment(row: typeof comments.$inferSelect): Comment {
  const { id, noteId, text, authorId, createdAt } = row;
  return { id, noteId, text, authorId, createdAt: createdAt.toISOString() };
}
