/** A revocation is in force on this node, and the other nodes could not be told of it. */
export class RevocationNotSharedError extends Error {
  readonly code = 'REVOCATION_NOT_SHARED';

  constructor() {
    super(
      '[Clerk] The revocation is in force on this node, and the RevocationBus could not tell the others. Revoke again when it answers.',
    );
    this.name = 'RevocationNotSharedError';
  }
}
