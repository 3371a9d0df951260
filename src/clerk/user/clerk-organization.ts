/** The organization that a caller acts in. What nobody knows is absent. */
export interface ClerkOrganization {
  readonly id: string;
  readonly name?: string;
  readonly slug?: string;
  /** The caller's role, such as `org:admin`. Absent when the caller is no member. */
  readonly role?: string;
  readonly permissions?: readonly string[];
}
