/** A page of a list, newest items first. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page starts; `null` on the last one. */
  readonly nextCursor: string | null;
}

/** Selects a page. */
export interface PageRequest {
  /** Id of the last item of the previous page. */
  readonly cursor?: string | undefined;
  /** Items on a page. Default: 20. */
  readonly limit?: number | undefined;
}

export const DEFAULT_LIMIT = 20;
export const MAX_LIMIT = 100;

/** Creates a page from a query for one item more than the limit, which shows whether a next page exists. */
export function pageOf<T extends { readonly id: string }>(
  rows: readonly T[],
  limit: number,
): Page<T> {
  const items = rows.slice(0, limit);
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}
