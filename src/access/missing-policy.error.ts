/** A policy of an access rule cannot be asked. It stops the boot. */
export class MissingPolicyError extends Error {
  readonly code = 'MISSING_POLICY';

  /** @param problem what is wrong, and what to do */
  constructor(source: string, policy: string, problem: string) {
    super(`${policy}, which decides on access to ${source}, ${problem}`);
    this.name = 'MissingPolicyError';
  }
}
