import { z } from 'zod';
import { oneOf } from './request-input.js';

/** The order of a list: a field and a direction. */
export interface ListOrder<Field extends string> {
  readonly field: Field;
  readonly descending: boolean;
}

/**
 * Reads `order_by`: a field with `+`, which is the default, or `-` before it. Any other field is
 * answered with 501.
 */
export function orderBy<const Field extends string>(
  fields: readonly Field[],
  byDefault: `${'+' | '-'}${Field}`,
): z.ZodType<ListOrder<Field>> {
  // A `+` that is not percent-encoded arrives as a space.
  const values = fields.flatMap((field) => [field, `+${field}`, ` ${field}`, `-${field}`]);
  return oneOf(values)
    .default(byDefault)
    .transform((value) => ({
      // One of the fields, after its sign.
      field: value.replace(/^[+ -]/, '') as Field,
      descending: value.startsWith('-'),
    }));
}

/**
 * Sorts a list. Items with equal values stay in the order of their creation.
 *
 * @param items oldest first
 * @param valueOf the value of a field other than `created_at`; `null` precedes all others
 */
export function inOrder<Item, Field extends string>(
  items: readonly Item[],
  { field, descending }: ListOrder<Field>,
  valueOf: Readonly<Record<Exclude<Field, 'created_at'>, (item: Item) => string | number | null>>,
): readonly Item[] {
  // Without one, the list is in the order of creation.
  const read = new Map(Object.entries<(item: Item) => string | number | null>(valueOf)).get(field);
  const ascending = read ? items.toSorted((one, two) => compare(read(one), read(two))) : items;
  return descending ? ascending.toReversed() : ascending;
}

function compare(one: string | number | null, two: string | number | null): number {
  if (one === null || two === null) return Number(one !== null) - Number(two !== null);
  return typeof one === 'number' && typeof two === 'number'
    ? one - two
    : String(one).localeCompare(String(two));
}
