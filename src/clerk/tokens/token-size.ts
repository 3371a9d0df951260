/** Longest token that is looked at. Clerk's are below 2 KB. */
export const MAX_TOKEN_BYTES = 8_192;
