import { z } from 'zod';
import { ClerkApiError } from '../emulator.errors.js';

/** One page of a list, as `limit` (default 10, at most 500) and `offset` ask for it. */
export function page<Item>(items: readonly Item[], query: unknown): readonly Item[] {
  const { limit, offset } = parseQuery(Pagination, query);
  return items.slice(offset, offset + limit);
}

/** @throws ClerkApiError 422 */
export function parseQuery<Output>(schema: z.ZodType<Output>, value: unknown): Output {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ClerkApiError(
    422,
    'form_param_format_invalid',
    `${issue?.path.join('.') ?? 'value'}: ${issue?.message ?? 'is invalid'}`,
  );
}

/** A query parameter that may be repeated. */
export const repeatable = z
  .union([z.string().transform((value) => [value]), z.array(z.string())])
  .optional();

const Pagination = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(10),
  offset: z.coerce.number().int().min(0).default(0),
});
