import { toJSONSchema, type z } from 'zod';
import { isJsonObject } from '../../request/json-object.js';
import type { JsonSchema } from '../authoring/schema.js';

/** A pattern of a JSON Schema that clients cannot compile. */
interface UnusablePattern {
  /** The field that has it, such as `items[].slug`. */
  readonly field: string;
  readonly pattern: string;
  readonly reason: string;
}

/**
 * The first pattern that is not a regular expression of ECMA-262 with the flag `u`, as JSON Schema
 * requires (core, 6.4). One such pattern makes a client refuse the whole list.
 */
export function findUnusablePattern(schema: JsonSchema): UnusablePattern | undefined {
  return search(schema, '');
}

/** Whether a regular expression can be compiled with the flag `u`. */
export function isUsablePattern(pattern: string): boolean {
  return problemOfPattern(pattern) === undefined;
}

function problemOfPattern(pattern: string): string | undefined {
  try {
    return RegExp(pattern, 'u') && undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function search(schema: unknown, field: string): UnusablePattern | undefined {
  if (Array.isArray(schema)) return first(schema, (one) => search(one, field));
  if (!isJsonObject(schema)) return undefined;
  return first(Object.entries(schema), ([keyword, value]) => {
    if (keyword === 'pattern') return checkPattern(value, field);
    if (keyword === 'patternProperties' && isJsonObject(value)) {
      const found = first(Object.keys(value), (pattern) => checkPattern(pattern, field));
      if (found) return found;
    }
    const step = STEPS[keyword];
    if (step === undefined) return undefined;
    if (typeof step === 'string') return search(value, field + step);
    return isJsonObject(value)
      ? first(Object.entries(value), ([name, one]) => search(one, step(field, name)))
      : undefined;
  });
}

function checkPattern(pattern: unknown, field: string): UnusablePattern | undefined {
  if (typeof pattern !== 'string') return undefined;
  const reason = problemOfPattern(pattern);
  return reason === undefined ? undefined : { field, pattern, reason };
}

function first<T, R>(list: readonly T[], find: (one: T) => R | undefined): R | undefined {
  for (const one of list) {
    const found = find(one);
    if (found !== undefined) return found;
  }
  return undefined;
}

const member = (field: string, name: string): string => (field ? `${field}.${name}` : name);

/** The keywords that have schemas, and what each adds to the name of a field. */
const STEPS: Readonly<Record<string, string | ((field: string, name: string) => string)>> = {
  properties: member,
  patternProperties: (field) => `${field}.*`,
  additionalProperties: '.*',
  unevaluatedProperties: '.*',
  propertyNames: '',
  items: '[]',
  prefixItems: '[]',
  contains: '[]',
  unevaluatedItems: '[]',
  anyOf: '',
  oneOf: '',
  allOf: '',
  not: '',
  if: '',
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
  then: '',
  else: '',
  dependentSchemas: (field) => field,
  $defs: (_field, name) => name,
  definitions: (_field, name) => name,
};

/**
 * The fields of a zod schema that JSON does not have, with what to write instead, for a message.
 *
 * @returns `undefined` for another schema, or if zod does not tell
 */
export function adviseOnZod(schema: unknown, side: 'input' | 'output'): string | undefined {
  if (!isJsonObject(Object(schema)) || Reflect.get(Object(schema), '_zod') === undefined) {
    return undefined;
  }
  const advice: string[] = [];
  try {
    toJSONSchema(schema as z.core.$ZodType, {
      io: side,
      unrepresentable: 'any',
      override: ({ zodSchema, path }) => {
        const told = adviceFor(zodSchema._zod.def.type, path);
        if (told !== undefined) advice.push(told);
      },
    });
  } catch {
    // The original error tells more.
  }
  return advice.length > 0 ? advice.toReversed().slice(0, MAX_ADVICE).join('; ') : undefined;
}

/**
 * What to write instead of a type that JSON does not have, with the field; `undefined` for a type
 * that it has.
 *
 * @param path keywords and names from the root of the JSON Schema
 */
export function adviceFor(type: string, path: readonly (string | number)[]): string | undefined {
  const told = ADVICE[type];
  return told && `${fieldAt(path) || 'it'} ${told}`;
}

/** `['properties', 'at', 'items']` as `at[]`. */
function fieldAt(path: readonly (string | number)[]): string {
  let field = '';
  for (let at = 0; at < path.length; at += 1) {
    const keyword = path[at];
    if (keyword === 'properties') {
      at += 1;
      field = member(field, String(path[at]));
    } else if (keyword === 'items' || keyword === 'prefixItems') field += '[]';
    else if (keyword === 'additionalProperties') field += '.*';
  }
  return field;
}

const MAX_ADVICE = 5;

/** What to write instead of each type that JSON does not have. */
const ADVICE: Readonly<Record<string, string>> = {
  date: 'is a date: use z.iso.datetime() and convert the text',
  bigint: 'is a bigint: use z.string(), or z.int() for numbers up to 2^53',
  symbol: 'is a symbol: use z.enum([…])',
  map: 'is a Map: use z.record(z.string(), …)',
  set: 'is a Set: use z.array(…)',
  undefined: 'is undefined: make the field .optional()',
  void: 'is void: make the field .optional()',
  nan: 'is NaN: use z.number().nullable()',
  function: 'is a function, which cannot be sent: remove the field',
  transform: 'is transformed to a type that zod does not know: add .pipe(z.…()) with that type',
  custom: 'is of a class or a custom type: use z.object({ … }) with its fields',
};
