/** The codes of the errors of this folder. A code stays the same from version to version. */
export type BackplaneErrorCode = 'BACKPLANE_FAILED' | 'NODE_GONE' | 'SEAM_FAILED';

/**
 * The engine that the nodes share failed, or did not answer in time. The message has the operation and the
 * kind of the failure, never keys, values or addresses.
 */
export class BackplaneError extends Error {
  readonly code: BackplaneErrorCode = 'BACKPLANE_FAILED';

  constructor(operation: string, options?: { readonly cause?: unknown }) {
    super(`The backplane failed: ${operation}. Try again later.`, options);
    this.name = 'BackplaneError';
  }
}

/** A node that was asked has ended. */
export class NodeGoneError extends BackplaneError {
  override readonly code = 'NODE_GONE';

  constructor() {
    super('the node that was asked has ended');
    this.name = 'NodeGoneError';
  }
}
