import type { OptionsOf } from '../request/known-options.js';
import type { AuditLevel } from './audit-sink.js';

/** Options of `AuditModule`. */
export interface AuditOptions {
  /**
   * Which events are logged: all, only refusals, or none. Ignored if the application provides an
   * `AuditSink`, which has its own level. Default: `refusals`.
   */
  readonly log?: AuditLevel | undefined;
  /**
   * Key of the digests of arguments, 32 bytes or more; a string is encoded as UTF-8. With the same key,
   * the digests of several processes are comparable. Default: with `RedisModule`, a key from its secret;
   * otherwise a random key per process.
   */
  readonly digestKey?: string | Uint8Array | undefined;
}

/** The names of {@link AuditOptions}. */
export const AUDIT_OPTION_NAMES = {
  log: true,
  digestKey: true,
} as const satisfies OptionsOf<AuditOptions>;

/** Injection token of {@link AuditOptions}. */
export const AUDIT_OPTIONS = Symbol('nestjs-clerk-mcp:audit-options');

/** An option does not exist, `digestKey` is too short, or the `AuditSink` is not a singleton. The application does not start. */
export class AuditConfigurationError extends Error {
  readonly code = 'INVALID_AUDIT_CONFIGURATION';

  constructor(message: string) {
    super(message);
    this.name = 'AuditConfigurationError';
  }
}
