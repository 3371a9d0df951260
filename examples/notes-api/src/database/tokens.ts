import type { PgliteDatabase, PgliteTransaction } from 'drizzle-orm/pglite';
import type { ExtractTablesWithRelations } from 'drizzle-orm';

/** Injects the engine, a `PGlite`. */
export const POSTGRES = Symbol('POSTGRES');

/** Injects Drizzle without row-level security. Prefer `TenantDatabase`. */
export const DATABASE = Symbol('DATABASE');

export type Database = PgliteDatabase;
export type Transaction = PgliteTransaction<
  Record<string, never>,
  ExtractTablesWithRelations<Record<string, never>>
>;
