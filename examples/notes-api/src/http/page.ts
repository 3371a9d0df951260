/** A page of a list, the newest first. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page starts; `null` on the last one. */
  readonly nextCursor: string | null;
}

/** Which page. */
export interface PageRequest {
  /** Id of the last item of the page before. */
  readonly cursor?: string | undefined;
  /** Items on a page. Default: 20. */
  readonly limit?: number | undefined;
}

export const DEFAULT_LIMIT = 20;
export const MAX_LIMIT = 100;

/** Makes a page of one item more than asked for, which tells whether there is another page. */
export function pageOf<T extends { readonly id: string }>(
  rows: readonly T[],
  limit: number,
): Page<T> {
  const items = rows.slice(0, limit);
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}
