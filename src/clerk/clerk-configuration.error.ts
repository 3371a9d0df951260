/** An option of `ClerkAuthModule` is missing, malformed or at odds with another. Stops the boot. */
export class ClerkConfigurationError extends Error {
  readonly code = 'CLERK_CONFIGURATION';

  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(`[Clerk] ${message}`, options);
    this.name = 'ClerkConfigurationError';
  }
}
