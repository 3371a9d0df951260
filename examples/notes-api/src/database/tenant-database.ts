import { ForbiddenException, Inject, Injectable } from '@nestjs/common';
import { sql } from 'drizzle-orm';
import { ClerkContext } from 'nestjs-clerk-mcp';
import { guest, tenant } from './schema.js';
import { DATABASE, type Database, type Transaction } from './tokens.js';

/**
 * The database as one organization sees it. Which one is what the verified credential says, never
 * what a caller sends; the policies of the tables then hold for whatever the work does.
 */
@Injectable()
export class TenantDatabase {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly clerk: ClerkContext,
  ) {}

  /**
   * Works as the organization that the caller acts in, in one transaction.
   *
   * @throws {ForbiddenException} the caller acts in none
   */
  run<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const organization = this.clerk.principal?.organization?.id;
    if (organization) return this.runAs(organization, work);
    throw new ForbiddenException('Choose an organization, and sign in again.');
  }

  /** Works as an organization, for what is decided before the request has a user. */
  runAs<T>(organization: string, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.within(tenant.name, 'notes.organization', organization, work);
  }

  /** Works as whoever holds the link of a shared note. */
  runAsGuest<T>(tokenHash: string, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.within(guest.name, 'notes.share', tokenHash, work);
  }

  /** Role and setting end with the transaction: the next one on this connection starts with none. */
  private within<T>(
    role: string,
    setting: string,
    value: string,
    work: (transaction: Transaction) => Promise<T>,
  ): Promise<T> {
    return this.database.transaction(async (transaction) => {
      await transaction.execute(
        sql`SELECT set_config('role', ${role}, true), set_config(${setting}, ${value}, true)`,
      );
      return work(transaction);
    });
  }
}
