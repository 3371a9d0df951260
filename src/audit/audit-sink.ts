import { Logger } from '@nestjs/common';
import type { AuditEvent } from './audit-event.js';

/** Which events are recorded: all, only refusals, or none. Other events are not created. */
export type AuditLevel = 'all' | 'refusals' | 'off';

/**
 * Receives audit events. Provide an implementation anywhere in the application to replace the log.
 *
 * A sink does not affect the call: a returned promise is not awaited, and an error is only logged.
 * `record()` runs during the call, so it must return quickly.
 *
 * @example
 * ```ts
 * @Injectable()
 * export class AuditTable extends AuditSink {
 *   readonly level = 'all';
 *   constructor(private readonly events: EventRepository) { super(); }
 *   record(event: AuditEvent) { return this.events.insert(event); }
 * }
 *
 * // providers: [{ provide: AuditSink, useClass: AuditTable }]
 * ```
 */
export abstract class AuditSink {
  /** Read for each request, so it may change at run time. */
  abstract readonly level: AuditLevel;

  abstract record(event: AuditEvent): void | Promise<void>;
}

/** Writes each event to Nest's log, as a line of JSON with the context `Audit`. */
export class LogAuditSink extends AuditSink {
  /** Without a context of its own, which it would add to a list of arguments for each line. */
  private readonly logger = new Logger();

  constructor(override readonly level: AuditLevel) {
    super();
  }

  override record(event: AuditEvent): void {
    this.logger.log(JSON.stringify(event), 'Audit');
  }
}
