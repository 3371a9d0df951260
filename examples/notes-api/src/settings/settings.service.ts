import { Injectable } from '@nestjs/common';
import { settings } from '../database/schema.js';
import { TenantDatabase } from '../database/tenant-database.js';

/** Settings of an organization for all of its members. */
@Injectable()
export class SettingsService {
  constructor(private readonly database: TenantDatabase) {}

  /** Whether members may export notes. Default: yes. */
  async exportsEnabled(organization: string): Promise<boolean> {
    const [row] = await this.database.runAs(organization, (transaction) =>
      transaction.select().from(settings),
    );
    return row?.exportsEnabled ?? true;
  }

  async enableExports(exportsEnabled: boolean): Promise<void> {
    await this.database.run((transaction) =>
      transaction
        .insert(settings)
        .values({ exportsEnabled })
        .onConflictDoUpdate({ target: settings.organizationId, set: { exportsEnabled } }),
    );
  }
}
