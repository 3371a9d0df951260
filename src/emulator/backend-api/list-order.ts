import { z } from 'zod';

/** The order of a list: a field and a direction. */
export interface ListOrder {
  readonly field: 'name' | 'created_at';
  readonly descending: boolean;
}

/** Reads `order_by`: a field with `+`, which is the default, or `-` before it. */
export function orderBy(
  fields: readonly ListOrder['field'][],
  byDefault: `${'+' | '-'}${ListOrder['field']}`,
): z.ZodType<ListOrder> {
  // A `+` that is not percent-encoded arrives as a space.
  const values = fields.flatMap((field) => [field, `+${field}`, ` ${field}`, `-${field}`] as const);
  return z
    .enum(values)
    .default(byDefault)
    .transform((value) => ({
      field: value.endsWith('name') ? ('name' as const) : ('created_at' as const),
      descending: value.startsWith('-'),
    }));
}

/** @param items oldest first */
export function inOrder<Item extends { readonly name: string }>(
  items: readonly Item[],
  { field, descending }: ListOrder,
): readonly Item[] {
  const ascending =
    field === 'name' ? items.toSorted((one, other) => one.name.localeCompare(other.name)) : items;
  return descending ? ascending.toReversed() : ascending;
}
