import { z } from 'zod';
import type { notes } from '../database/schema.js';

/** A note, as REST and MCP show it. */
export const Note = z.object({
  id: z.uuid(),
  title: z.string(),
  body: z.string(),
  tags: z.array(z.string()),
  authorId: z.string(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

export type Note = z.infer<typeof Note>;

/** URI of a note as a resource. */
export const noteUri = (id: string): string => `notes://note/${id}`;

/** Removes the organization from a row, because it is the caller's own. */
export function toNote(row: typeof notes.$inferSelect): Note {
  const { id, title, body, tags, authorId, createdAt, updatedAt } = row;
  return {
    id,
    title,
    body,
    tags,
    authorId,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
