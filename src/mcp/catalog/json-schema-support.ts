import { globalRegistry, type z } from 'zod';
import { isUsablePattern } from './schema-fields.js';

/**
 * Whether zod can express a schema as the JSON Schema of an object, without generating it, which
 * takes many times as long. `false` means that it may or may not be possible.
 */
export function isDescribableObject(schema: unknown): boolean {
  try {
    const { vendor, jsonSchema } = fieldsOf(Reflect.get(Object(schema), '~standard'));
    if (vendor !== 'zod' || jsonSchema === undefined) return false;
    return definitionOf(schema)['type'] === 'object' && isDescribable(schema, new Set());
  } catch {
    // A lazy part of the schema that throws.
    return false;
  }
}

/** Allocates nothing: an application may have ten thousand such parts. */
function isDescribable(schema: unknown, seen: Set<unknown>): boolean {
  const { toJSONSchema, parent, def } = internalsOf(schema);
  if (toJSONSchema !== undefined || !hasPlainMetadata(schema)) return false;
  if (parent !== undefined && !isDescribable(parent, seen)) return false;
  // A schema with a description has the definition of its parent.
  if (seen.has(def)) return true;
  seen.add(def);
  const definition = fieldsOf(def);
  switch (definition['type']) {
    case 'string':
      return listOf(definition['checks'] ?? NONE).every(hasUsablePattern);
    case 'boolean':
    case 'null':
    case 'any':
    case 'unknown':
    case 'never':
    case 'enum':
      return true;
    case 'number':
      // `multipleOf` may have a divisor that JSON Schema does not allow.
      return !listOf(definition['checks'] ?? NONE).some(isDivisor);
    case 'literal':
      return listOf(definition['values']).every(isPlainValue);
    case 'array':
      return isDescribable(definition['element'], seen);
    case 'default':
      return (
        isPlainValue(definition['defaultValue']) && isDescribable(definition['innerType'], seen)
      );
    case 'optional':
    case 'nullable':
    case 'readonly':
      return isDescribable(definition['innerType'], seen);
    case 'union':
      return listOf(definition['options']).every((option) => isDescribable(option, seen));
    case 'object':
      return hasDescribableFields(definition, seen);
    default:
      return false;
  }
}

function hasDescribableFields({ shape, catchall }: Fields, seen: Set<unknown>): boolean {
  const fields = fieldsOf(shape);
  if (Object.getOwnPropertySymbols(fields).length > 0) return false;
  for (const key in fields) if (!isDescribable(fields[key], seen)) return false;
  return catchall === undefined || isDescribable(catchall, seen);
}

const NONE: readonly unknown[] = [];

type Fields = Readonly<Record<string, unknown>>;

/** The internals that zod documents for library authors: `schema._zod.def`. */
function internalsOf(schema: unknown): Fields {
  return fieldsOf(fieldsOf(schema)['_zod']);
}

function definitionOf(schema: unknown): Fields {
  return fieldsOf(internalsOf(schema)['def']);
}

/** Whether the metadata has no `id`, which two schemas might share, and only JSON values. */
function hasPlainMetadata(schema: unknown): boolean {
  // All copies of zod share this registry; `has` only looks its argument up.
  if (!globalRegistry.has(schema as z.ZodType)) return true;
  const metadata: Fields = globalRegistry.get(schema as z.ZodType) ?? {};
  for (const key in metadata) {
    if (key !== 'description' && key !== 'title') return false;
    if (typeof metadata[key] !== 'string') return false;
  }
  return true;
}

/** Whether a check has no pattern, or one that clients can compile. */
function hasUsablePattern(check: unknown): boolean {
  const { pattern } = definitionOf(check);
  return !(pattern instanceof RegExp) || isUsablePattern(pattern.source);
}

function isDivisor(check: unknown): boolean {
  return definitionOf(check)['check'] === 'multiple_of';
}

function isPlainValue(value: unknown): boolean {
  if (value === null) return true;
  return typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number';
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new TypeError('not a list');
}

function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null) throw new TypeError('not an object');
  return value as Fields; // Every member is unknown.
}
