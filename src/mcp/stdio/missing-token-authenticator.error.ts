/** There is an access token and nobody to verify it. */
export class MissingTokenAuthenticatorError extends Error {
  readonly code = 'MISSING_TOKEN_AUTHENTICATOR';

  constructor(options?: { readonly cause?: unknown }) {
    super(
      'An access token was given, and no imported module provides a TokenAuthenticator to verify it. Import ClerkAuthModule, or provide one.',
      options,
    );
    this.name = 'MissingTokenAuthenticatorError';
  }
}
