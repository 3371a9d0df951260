/** Something asked for the Clerk client outside of any request. */
export class ClerkClientNotInitializedError extends Error {
  readonly code = 'CLERK_CLIENT_NOT_INITIALIZED';

  constructor() {
    super(
      '[Clerk] Clerk client not initialized. Call getClient() inside a request. In a job, wrap the code in ClerkContext.run(undefined, …), or inject CLERK_CLIENT.',
    );
    this.name = 'ClerkClientNotInitializedError';
  }
}
