import { Logger } from '@nestjs/common';
import type { AuditEvent } from './audit-event.js';
import { AuditSink, type AuditLevel } from './audit-sink.js';

/** Writes each event into the log of Nest: a line of JSON under the context `Audit`. */
export class LogAuditSink extends AuditSink {
  private readonly logger = new Logger('Audit');

  constructor(override readonly level: AuditLevel) {
    super();
  }

  override record(event: AuditEvent): void {
    this.logger.log(JSON.stringify(event));
  }
}
