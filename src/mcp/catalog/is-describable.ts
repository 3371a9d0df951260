import { globalRegistry, type z } from 'zod';

/**
 * Whether zod can write a schema as the JSON Schema of an object, told without writing it, which costs
 * many times as much. It follows the parts that zod always has words for, and is content with `false`
 * for all others: `false` says that only writing it can tell.
 */
export function isDescribableObject(schema: unknown): boolean {
  try {
    const { vendor, jsonSchema } = fieldsOf(Reflect.get(Object(schema), '~standard'));
    if (vendor !== 'zod' || jsonSchema === undefined) return false;
    return definitionOf(schema)['type'] === 'object' && isDescribable(schema, new Set());
  } catch {
    // A part that is made when it is looked at, and cannot be.
    return false;
  }
}

function isDescribable(schema: unknown, seen: Set<unknown>): boolean {
  if (seen.has(schema)) return true;
  seen.add(schema);
  const { toJSONSchema, parent } = internalsOf(schema);
  if (toJSONSchema !== undefined || !hasPlainMetadata(schema)) return false;
  const definition = definitionOf(schema);
  const parts = PARTS[String(definition['type'])]?.(definition);
  if (!parts) return false;
  return [...parts, ...(parent === undefined ? [] : [parent])].every((one) =>
    isDescribable(one, seen),
  );
}

/** The schemas that a kind is made of; `undefined` where zod may have no words for this one. */
const PARTS: Readonly<Record<string, (definition: Fields) => readonly unknown[] | undefined>> = {
  string: () => [],
  boolean: () => [],
  null: () => [],
  any: () => [],
  unknown: () => [],
  never: () => [],
  enum: () => [],
  // A divisor may be one that JSON Schema does not have.
  number: ({ checks = [] }) => (listOf(checks).some(isDivisor) ? undefined : []),
  literal: ({ values }) => (listOf(values).every(isPlainValue) ? [] : undefined),
  array: ({ element }) => [element],
  optional: ({ innerType }) => [innerType],
  nullable: ({ innerType }) => [innerType],
  readonly: ({ innerType }) => [innerType],
  default: ({ innerType, defaultValue }) => (isPlainValue(defaultValue) ? [innerType] : undefined),
  union: ({ options }) => listOf(options),
  object: ({ shape, catchall }) => {
    const fields = fieldsOf(shape);
    if (Object.getOwnPropertySymbols(fields).length > 0) return undefined;
    return [...Object.values(fields), ...(catchall === undefined ? [] : [catchall])];
  },
};

type Fields = Readonly<Record<string, unknown>>;

/** What zod keeps for libraries, as it documents: `schema._zod.def`. */
function internalsOf(schema: unknown): Fields {
  return fieldsOf(fieldsOf(schema)['_zod']);
}

function definitionOf(schema: unknown): Fields {
  return fieldsOf(internalsOf(schema)['def']);
}

/** No `id`, which two schemas might share, and nothing that JSON might not have. */
function hasPlainMetadata(schema: unknown): boolean {
  // One for all copies of zod that write JSON Schema; it only looks its argument up.
  if (!globalRegistry.has(schema as z.ZodType)) return true;
  return Object.entries(globalRegistry.get(schema as z.ZodType) ?? {}).every(
    ([key, value]) => (key === 'description' || key === 'title') && typeof value === 'string',
  );
}

function isDivisor(check: unknown): boolean {
  return definitionOf(check)['check'] === 'multiple_of';
}

function isPlainValue(value: unknown): boolean {
  return value === null || ['string', 'boolean', 'number'].includes(typeof value);
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new TypeError('not a list');
}

function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null) throw new TypeError('not an object');
  return value as Fields; // Every member is unknown.
}
