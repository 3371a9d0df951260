import { globalRegistry, type z } from 'zod';
import { isUsablePattern } from './schema-fields.js';

/**
 * Whether zod can express a schema as the JSON Schema of an object, without generating it, which
 * takes many times as long. `false` means that it may or may not be possible.
 */
export function isDescribableObject(schema: unknown): boolean {
  try {
    const { '~standard': standard, _zod } = schema as z.ZodType;
    if (standard.vendor !== 'zod' || standard.jsonSchema === undefined) return false;
    return _zod.def.type === 'object' && isDescribable(schema as Described, new Set());
  } catch {
    // Not a schema of zod, or one with a lazy part that throws.
    return false;
  }
}

/** The internals that zod documents for library authors. */
type Described = z.core.$ZodTypes;
type Definition = Described['_zod']['def'];

/**
 * Allocates nothing: an application may have ten thousand such parts.
 *
 * @param seen definitions with parts of their own
 */
function isDescribable(schema: z.core.$ZodType, seen: Set<unknown>): boolean {
  const { toJSONSchema, parent, def } = (schema as Described)._zod;
  if (toJSONSchema !== undefined || !hasPlainMetadata(schema)) return false;
  // What the checks and the description of the schema were added to.
  if (parent !== undefined && !isDescribable(parent, seen)) return false;
  switch (def.type) {
    case 'string':
    case 'number':
      return hasPlainChecks(def);
    case 'boolean':
    case 'null':
    case 'any':
    case 'unknown':
    case 'never':
    case 'enum':
      return true;
    case 'literal':
      return def.values.every(isPlainValue);
    default:
      // A schema with a description has the definition of its parent.
      if (seen.has(def)) return true;
      seen.add(def);
      return hasDescribableParts(def, seen);
  }
}

function hasDescribableParts(def: Definition, seen: Set<unknown>): boolean {
  switch (def.type) {
    case 'array':
      return isDescribable(def.element, seen);
    case 'default':
      return isPlainValue(def.defaultValue) && isDescribable(def.innerType, seen);
    case 'optional':
    case 'nullable':
    case 'readonly':
      return isDescribable(def.innerType, seen);
    case 'union':
      return def.options.every((option) => isDescribable(option, seen));
    case 'object':
      return hasDescribableFields(def, seen);
    default:
      return false;
  }
}

function hasDescribableFields(
  { shape, catchall }: z.core.$ZodObjectDef,
  seen: Set<unknown>,
): boolean {
  if (Object.getOwnPropertySymbols(shape).length > 0) return false;
  for (const key in shape) {
    const field = shape[key];
    if (field === undefined || !isDescribable(field, seen)) return false;
  }
  return catchall === undefined || isDescribable(catchall, seen);
}

/** Whether the metadata has no `id`, which two schemas might share, and only JSON values. */
function hasPlainMetadata(schema: z.core.$ZodType): boolean {
  // All copies of zod share this registry. Its method `get` merges the metadata of the parents.
  const metadata: Readonly<Record<string, unknown>> = globalRegistry._map.get(schema) ?? {};
  for (const key in metadata) {
    if (key !== 'description' && key !== 'title') return false;
    if (typeof metadata[key] !== 'string') return false;
  }
  return true;
}

/** Whether clients can compile its patterns, and it has no divisor, which JSON Schema may not allow. */
function hasPlainChecks({ checks = NONE }: { checks?: readonly z.core.$ZodCheck[] }): boolean {
  for (const { _zod } of checks) {
    const { check, pattern }: { check: string; pattern?: unknown } = _zod.def;
    if (check === 'multiple_of') return false;
    if (pattern instanceof RegExp && !isUsablePattern(pattern.source)) return false;
  }
  return true;
}

const NONE: readonly z.core.$ZodCheck[] = [];

function isPlainValue(value: unknown): boolean {
  if (value === null) return true;
  return typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number';
}
