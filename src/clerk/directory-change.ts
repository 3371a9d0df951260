/** Which cached records of users and organizations are out of date. */
export type DirectoryChange =
  | { readonly userId: string }
  | { readonly organizationId: string }
  | { readonly memberships: 'all' };
