import { sql } from 'drizzle-orm';
import {
  boolean,
  foreignKey,
  index,
  integer,
  pgPolicy,
  pgRole,
  pgTable,
  text,
  timestamp,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';

/** Role for one organization, which is `notes.organization` of the transaction. */
export const tenant = pgRole('notes_tenant');

/** Role for a guest with the link of one shared note, which is `notes.share` of the transaction. */
export const guest = pgRole('notes_guest');

// Ids are version 7 UUIDs, which increase with time, so that pages are ordered by id.
const id = () =>
  uuid()
    .primaryKey()
    .default(sql`uuidv7()`);
const organizationId = () =>
  text('organization_id')
    .notNull()
    .default(sql`current_setting('notes.organization')`);
const createdAt = () => timestamp('created_at', { withTimezone: true }).notNull().defaultNow();

/** Allows reading and writing only rows of the organization of the transaction. */
const ownRows = (table: string) => {
  const own = sql`organization_id = current_setting('notes.organization', true)`;
  return pgPolicy(`${table}_of_tenant`, { to: tenant, using: own, withCheck: own });
};

export const notes = pgTable(
  'notes',
  {
    id: id(),
    organizationId: organizationId(),
    authorId: text('author_id').notNull(),
    title: text().notNull(),
    body: text().notNull(),
    tags: text()
      .array()
      .notNull()
      .default(sql`'{}'`),
    createdAt: createdAt(),
    updatedAt: timestamp('updated_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    unique('notes_organization').on(table.organizationId, table.id),
    index('notes_tags').using('gin', table.tags),
    ownRows('notes'),
    // The policy of `shares` decides which shares a guest sees.
    pgPolicy('notes_of_guest', {
      to: guest,
      for: 'select',
      using: sql`id IN (SELECT note_id FROM shares)`,
    }),
  ],
);

export const comments = pgTable(
  'comments',
  {
    id: id(),
    organizationId: organizationId(),
    noteId: uuid('note_id').notNull(),
    authorId: text('author_id').notNull(),
    text: text().notNull(),
    createdAt: createdAt(),
  },
  (table) => [ofOwnNote('comments', table), ownRows('comments')],
);

export const shares = pgTable(
  'shares',
  {
    id: id(),
    organizationId: organizationId(),
    noteId: uuid('note_id').notNull(),
    sharedBy: text('shared_by').notNull(),
    tokenHash: text('token_hash').notNull().unique(),
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    ofOwnNote('shares', table),
    ownRows('shares'),
    pgPolicy('shares_of_guest', {
      to: guest,
      for: 'select',
      using: sql`token_hash = current_setting('notes.share', true) AND expires_at > now()`,
    }),
  ],
);

export const exports = pgTable(
  'exports',
  {
    id: id(),
    organizationId: organizationId(),
    requestedBy: text('requested_by').notNull(),
    noteCount: integer('note_count').notNull(),
    content: text().notNull(),
    createdAt: createdAt(),
  },
  () => [ownRows('exports')],
);

export const settings = pgTable(
  'settings',
  {
    organizationId: organizationId().primaryKey(),
    exportsEnabled: boolean('exports_enabled').notNull().default(true),
  },
  () => [ownRows('settings')],
);

/** Foreign keys bypass policies, so this one includes the organization. */
function ofOwnNote(
  name: string,
  table: { readonly organizationId: ForeignColumn; readonly noteId: ForeignColumn },
) {
  return foreignKey({
    name: `${name}_note`,
    columns: [table.organizationId, table.noteId],
    foreignColumns: [notes.organizationId, notes.id],
  }).onDelete('cascade');
}

type ForeignColumn = Parameters<typeof foreignKey>[0]['columns'][0];
