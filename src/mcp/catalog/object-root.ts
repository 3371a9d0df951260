import { isJsonObject } from '../../request/json-object.js';
import type { JsonSchema } from '../authoring/schema.js';

/** A JSON Schema with `type: "object"` at the root, as the protocol requires it. */
export type ObjectSchema = JsonSchema & { readonly type: 'object' };

/**
 * Writes a schema of objects with `type: "object"` at the root: a reference at the root is replaced
 * by its definition, and a choice of objects keeps its `anyOf` or `oneOf` beside the type.
 *
 * @returns `undefined` for a schema that accepts anything but objects
 */
export function withObjectRoot(schema: JsonSchema): ObjectSchema | undefined {
  const root = withoutReference(schema);
  if (!root || !acceptsObjectsOnly(root, root, new Set())) return undefined;
  const { $schema, type: _type, ...rest } = root;
  return { ...($schema !== undefined && { $schema }), type: 'object', ...rest };
}

/** The schema with the definition that its root refers to. */
function withoutReference(schema: JsonSchema): JsonSchema | undefined {
  let root = schema;
  const seen = new Set<unknown>();
  while ('$ref' in root) {
    const { $ref, ...rest } = root;
    const definition = seen.has($ref) ? undefined : definitionAt($ref, schema);
    if (!definition) return undefined;
    seen.add($ref);
    root = { ...definition, ...rest };
  }
  return root === schema ? schema : withoutUnused(root);
}

/** The schema without definitions that only its root has referred to. */
function withoutUnused(schema: JsonSchema): JsonSchema {
  const { $defs, ...rest } = schema;
  if (!isJsonObject($defs)) return schema;
  const text = JSON.stringify(schema);
  const used = Object.entries($defs).filter(([name]) =>
    text.includes(JSON.stringify(`#/$defs/${escapeName(name)}`)),
  );
  return { ...rest, ...(used.length > 0 && { $defs: Object.fromEntries(used) }) };
}

function acceptsObjectsOnly(schema: unknown, root: JsonSchema, seen: Set<unknown>): boolean {
  if (!isJsonObject(schema) || seen.has(schema)) return false;
  seen.add(schema);
  const { type, $ref, allOf } = schema;
  if (type !== undefined) return type === 'object' || (Array.isArray(type) && isOnlyObject(type));
  const isObject = (one: unknown) => acceptsObjectsOnly(one, root, new Set(seen));
  if ($ref !== undefined) return isObject(definitionAt($ref, root));
  if (Array.isArray(allOf) && allOf.some(isObject)) return true;
  return [schema['anyOf'], schema['oneOf']].some(
    (choice) => Array.isArray(choice) && choice.length > 0 && choice.every(isObject),
  );
}

function isOnlyObject(types: readonly unknown[]): boolean {
  return types.length === 1 && types[0] === 'object';
}

/** What a reference such as `#/$defs/Name` refers to in the same document. */
function definitionAt($ref: unknown, root: JsonSchema): JsonSchema | undefined {
  const [, keyword, name] = /^#\/(\$defs|definitions)\/([^/]+)$/.exec(String($ref)) ?? [];
  if (keyword === undefined || name === undefined) return undefined;
  const definitions = root[keyword];
  const key = decodeURIComponent(name).replaceAll('~1', '/').replaceAll('~0', '~');
  const found = isJsonObject(definitions) && definitions[key];
  return isJsonObject(found) ? found : undefined;
}

function escapeName(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
