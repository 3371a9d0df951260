import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { drizzle, type PgliteDatabase } from 'drizzle-orm/pglite';
import { migrate } from 'drizzle-orm/pglite/migrator';
import { notesConfig, type NotesConfig } from '../config/notes.config.js';
import { TenantDatabase } from './tenant-database.js';
import { DATABASE, POSTGRES } from './tokens.js';

/** Runs PostgreSQL in this process and applies the migrations. */
@Global()
@Module({
  providers: [
    { provide: POSTGRES, inject: [notesConfig.KEY], useFactory: open },
    { provide: DATABASE, inject: [POSTGRES], useFactory: migrated },
    TenantDatabase,
  ],
  exports: [DATABASE, TenantDatabase],
})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(@Inject(POSTGRES) private readonly postgres: PGlite) {}

  async onApplicationShutdown(): Promise<void> {
    if (!this.postgres.closed) await this.postgres.close();
  }
}

function open({ databaseDir }: Pick<NotesConfig, 'databaseDir'>): Promise<PGlite> {
  return databaseDir === undefined ? PGlite.create() : PGlite.create(databaseDir);
}

async function migrated(postgres: PGlite): Promise<PgliteDatabase> {
  const database = drizzle({ client: postgres });
  await migrate(database, { migrationsFolder: MIGRATIONS });
  return database;
}

const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url));
