/** How long and for whom a client may keep an answer, SEP-2549. */
export interface McpCacheHint {
  /** How long the answer is fresh, in milliseconds. */
  readonly ttlMs: number;
  /** `public` only for what is the same for everybody; it must never depend on the caller. */
  readonly scope: 'public' | 'private';
}
