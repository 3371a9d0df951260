/** A user who can sign in. */
export interface EmulatorAccount {
  readonly id: string;
  readonly emailAddress: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  /** The first organization of the user, and the user's role in it. */
  readonly organization: {
    readonly id: string;
    readonly name: string;
    readonly slug: string;
    readonly role: string;
  } | null;
}
