/** A handler cannot be served as it is declared. Stops the boot. */
export class InvalidHandlerError extends Error {
  readonly code = 'INVALID_HANDLER';

  constructor(source: string, problem: string, options?: { readonly cause?: unknown }) {
    super(`${source} cannot be served: ${problem}`, options);
    this.name = 'InvalidHandlerError';
  }
}
