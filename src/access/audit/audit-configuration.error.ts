/** What is to be recorded, or by whom, cannot be as it was said. It stops the boot. */
export class AuditConfigurationError extends Error {
  readonly code = 'INVALID_AUDIT_CONFIGURATION';

  constructor(message: string) {
    super(message);
    this.name = 'AuditConfigurationError';
  }
}
