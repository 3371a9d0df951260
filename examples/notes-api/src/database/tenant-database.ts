import { ForbiddenException, Inject, Injectable } from '@nestjs/common';
import { sql } from 'drizzle-orm';
import { ClerkContext } from 'nestjs-clerk-mcp';
import { guest, tenant } from './schema.js';
import { DATABASE, type Database, type Transaction } from './tokens.js';

/**
 * Database access for one organization. The organization comes from the verified credential, never from
 * the request. The policies of the tables apply to every query.
 */
@Injectable()
export class TenantDatabase {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly clerk: ClerkContext,
  ) {}

  /**
   * Runs an operation for the organization of the caller, in one transaction.
   *
   * @throws {ForbiddenException} the credential has no organization
   */
  run<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const organization = this.clerk.principal?.organization?.id;
    if (organization) return this.runAs(organization, work);
    throw new ForbiddenException('Choose an organization, and sign in again.');
  }

  /** Runs an operation for an organization, before the request is authenticated. */
  runAs<T>(organization: string, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.within(tenant.name, 'notes.organization', organization, work);
  }

  /** Runs an operation for a guest with the link of a shared note. */
  runAsGuest<T>(tokenHash: string, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.within(guest.name, 'notes.share', tokenHash, work);
  }

  /** The role and the setting are local to the transaction. */
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
