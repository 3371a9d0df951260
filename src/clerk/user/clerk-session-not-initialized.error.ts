/** Something asked for the signed-in user where nobody is signed in. */
export class ClerkSessionNotInitializedError extends Error {
  readonly code = 'CLERK_SESSION_NOT_INITIALIZED';

  constructor() {
    super(
      '[Clerk] Session not initialized. Call this inside a request that ClerkAuthGuard authenticated; protect the handler, or ask ClerkContext.session, which may be undefined. In a job or a test, wrap the code in ClerkContext.run(principal, …).',
    );
    this.name = 'ClerkSessionNotInitializedError';
  }
}
