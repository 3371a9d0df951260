/** Something to be revoked was named in a way that would revoke nothing. */
export class InvalidRevocationError extends TypeError {
  readonly code = 'INVALID_REVOCATION';

  constructor(problem: string) {
    super(`[Clerk] The revocation ${problem}`);
    this.name = 'InvalidRevocationError';
  }
}
