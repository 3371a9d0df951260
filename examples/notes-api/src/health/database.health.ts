import { Inject, Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { sql } from 'drizzle-orm';
import { DATABASE, type Database } from '../database/tokens.js';

@Injectable()
export class DatabaseHealth {
  constructor(
    private readonly indicators: HealthIndicatorService,
    @Inject(DATABASE) private readonly database: Database,
  ) {}

  async check() {
    const indicator = this.indicators.check('database');
    try {
      await this.database.execute(sql`SELECT 1`);
      return indicator.up();
    } catch {
      return indicator.down('The database does not answer.');
    }
  }
}
