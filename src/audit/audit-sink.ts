import type { AuditEvent } from './audit-event.js';
import { Logger } from '@nestjs/common';

/**
 * What is recorded: everything, only what was refused, or nothing. What nobody records costs nothing.
 */
export type AuditLevel = 'all' | 'refusals' | 'off';

/**
 * Where audit events go. Provide one anywhere in the application, and it takes the place of the log.
 *
 * A sink changes nothing about a call: nobody waits for a promise that it returns, and what it throws
 * is logged. What it does before it returns is time of the call, so it only hands the event on.
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
  /** Asked once per request, so that it may change while the application runs. */
  abstract readonly level: AuditLevel;

  abstract record(event: AuditEvent): void | Promise<void>;
}

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
