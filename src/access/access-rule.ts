/** Who may use an entry, as data: the list, the call and the challenge read the same rule. */
export type AccessRule =
  | { readonly kind: 'public' }
  | {
      readonly kind: 'authenticated';
      /** OAuth scopes that the principal must hold, all of them. */
      readonly scopes: readonly string[];
    };

/** The rule of an entry that says `@Public()`. */
export const PUBLIC: AccessRule = { kind: 'public' };

/** The rule of an entry that says nothing: default deny. */
export const AUTHENTICATED: AccessRule = { kind: 'authenticated', scopes: [] };
