/** A tool cannot be served as it is declared. Stops the boot. */
export class InvalidToolError extends Error {
  readonly code = 'INVALID_TOOL';

  constructor(source: string, problem: string, options?: { readonly cause?: unknown }) {
    super(`${source} cannot be a tool: ${problem}`, options);
    this.name = 'InvalidToolError';
  }
}
