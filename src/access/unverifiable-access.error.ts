/** `@VerifyAlways()` stands where nothing can verify a credential anew. It stops the boot. */
export class UnverifiableAccessError extends Error {
  readonly code = 'UNVERIFIABLE_ACCESS';

  constructor(source: string) {
    super(
      `${source} says @VerifyAlways(), and no provider of the application can verify a credential anew. Import an authentication module that does, such as ClerkAuthModule, or provide PrincipalRenewal.`,
    );
    this.name = 'UnverifiableAccessError';
  }
}
