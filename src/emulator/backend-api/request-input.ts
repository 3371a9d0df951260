import { z } from 'zod';
import { ClerkApiError } from '../emulator.errors.js';

/**
 * Parses a query or a body.
 *
 * @throws ClerkApiError 422
 */
export function parseInput<Output>(schema: z.ZodType<Output>, value: unknown): Output {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ClerkApiError(
    422,
    'form_param_format_invalid',
    `${issue?.path.join('.') ?? 'value'}: ${issue?.message ?? 'is invalid'}`,
  );
}

/** The page of a list that `limit` (default 10, at most 500) and `offset` select. */
export function page<Item>(items: readonly Item[], query: unknown): readonly Item[] {
  const { limit, offset } = parseInput(Pagination, query);
  return items.slice(offset, offset + limit);
}

/** A page of a list with the total count. */
export function pageJson<Item>(
  items: readonly Item[],
  query: unknown,
  toJson: (item: Item) => Record<string, unknown>,
): Record<string, unknown> {
  return { data: page(items, query).map((item) => toJson(item)), total_count: items.length };
}

/** @throws ClerkApiError 404 when the resource, such as `The user`, does not exist */
export function orNotFound<Resource>(found: Resource | undefined, resource: string): Resource {
  if (found === undefined) throw ClerkApiError.notFound(resource);
  return found;
}

const Pagination = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(10),
  offset: z.coerce.number().int().min(0).default(0),
});
