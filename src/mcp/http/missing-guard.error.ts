/** A configured guard is no provider: the endpoint would run without it. Stops the boot. */
export class MissingGuardError extends Error {
  readonly code = 'MISSING_GUARD';

  constructor(guard: string, path: string, options?: { readonly cause?: unknown }) {
    super(
      `The MCP endpoint /${path} would run without ${guard}: no imported module provides it. Import the module that exports ${guard}, or add it to providers.`,
      options,
    );
    this.name = 'MissingGuardError';
  }
}
