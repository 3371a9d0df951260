import type { AuditLevel } from './audit-sink.js';

/** Options of `AuditModule`. */
export interface AuditOptions {
  /**
   * What the log gets: every event, only what was refused, or nothing. A provided `AuditSink` is in the
   * place of the log and says for itself what it takes. Default: `refusals`.
   */
  readonly log?: AuditLevel | undefined;
  /**
   * Key of the digests of arguments, 32 bytes or more; text counts as its UTF-8 bytes. The same key
   * makes digests of several processes comparable. Default: random, new with each process.
   */
  readonly digestKey?: string | Uint8Array | undefined;
}

/** Injection token of {@link AuditOptions}. */
export const AUDIT_OPTIONS = Symbol('nestjs-clerk-mcp:audit-options');

/** What is to be recorded, or by whom, cannot be as it was said. It stops the boot. */
export class AuditConfigurationError extends Error {
  readonly code = 'INVALID_AUDIT_CONFIGURATION';

  constructor(message: string) {
    super(message);
    this.name = 'AuditConfigurationError';
  }
}
