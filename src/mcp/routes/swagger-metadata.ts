import type { JsonSchema } from '../authoring/schema.js';

/**
 * Describes a class by `@ApiProperty()` of @nestjs/swagger, without an import of that package.
 *
 * @returns `undefined` for a class without such properties
 */
export function describeBySwagger(type: Function): JsonSchema | undefined {
  return describeClass(type, []);
}

function describeClass(type: Function, outer: readonly Function[]): JsonSchema | undefined {
  const { prototype }: { readonly prototype: object } = type as never; // Every class has one.
  const listed: unknown = Reflect.getMetadata(SWAGGER.properties, prototype);
  if (!Array.isArray(listed) || listed.length === 0) return undefined;
  const properties: Record<string, JsonSchema> = {};
  const required: string[] = [];
  for (const entry of new Set(listed.map(String))) {
    // Swagger lists each name with a colon in front.
    const name = entry.replace(/^:/, '');
    const property: SwaggerProperty = Reflect.getMetadata(SWAGGER.property, prototype, name) ?? {};
    const key = property.name ?? name;
    properties[key] = describeProperty(property, [...outer, type]);
    if (property.required !== false) required.push(key);
  }
  return { type: 'object', properties, ...(required.length > 0 && { required }) };
}

/** The description and the title that `@ApiOperation()` gives a handler. */
export function operationOf(handler: object): {
  readonly title?: string;
  readonly description?: string;
} {
  const operation: { summary?: unknown; description?: unknown } =
    Reflect.getMetadata(SWAGGER.operation, handler) ?? {};
  const summary = textOf(operation.summary);
  const description = textOf(operation.description);
  if (summary === undefined) return { ...(description !== undefined && { description }) };
  return description === undefined ? { description: summary } : { title: summary, description };
}

/** What `@ApiParam()` and `@ApiQuery()` tell of a parameter of a handler. */
export function describeByOperation(
  handler: object,
  place: 'path' | 'query',
  name: string,
): { readonly schema: JsonSchema; readonly isRequired: boolean | undefined } {
  const listed: unknown = Reflect.getMetadata(SWAGGER.parameters, handler);
  const found: SwaggerParameter | undefined = Array.isArray(listed)
    ? listed.find((one: SwaggerParameter) => one.in === place && one.name === name)
    : undefined;
  if (!found) return { schema: {}, isRequired: undefined };
  return {
    schema: { ...found.schema, ...describeProperty(found, []) },
    isRequired: typeof found.required === 'boolean' ? found.required : undefined,
  };
}

/** The values of an enum, without the names that TypeScript stores for its numbers. */
export function valuesOfEnum(enumType: object): readonly unknown[] {
  const entries: [string, unknown][] = Object.entries(enumType);
  const numbers = new Set(
    entries.map(([, value]) => value).filter((value) => typeof value === 'number'),
  );
  return entries.filter(([key]) => !numbers.has(Number(key))).map(([, value]) => value);
}

/** Keys of the metadata of @nestjs/swagger. */
const SWAGGER = {
  operation: 'swagger/apiOperation',
  parameters: 'swagger/apiParameters',
  properties: 'swagger/apiModelPropertiesArray',
  property: 'swagger/apiModelProperties',
} as const;

interface SwaggerProperty {
  readonly name?: string;
  readonly type?: unknown;
  readonly isArray?: boolean;
  readonly required?: boolean | readonly string[];
  readonly enum?: unknown;
  readonly items?: JsonSchema;
  readonly [keyword: string]: unknown;
}

type SwaggerParameter = SwaggerProperty & {
  readonly in?: string;
  readonly schema?: JsonSchema;
};

function describeProperty(property: SwaggerProperty, outer: readonly Function[]): JsonSchema {
  const { type, isArray, enum: values, items, nullable } = property;
  const described: JsonSchema = { ...typeOf(type, outer), ...enumOf(values), ...kept(property) };
  const value = nullable === true ? { anyOf: [described, { type: 'null' }] } : described;
  // Swagger notes a list of an enum as a list with `items` and `isArray`.
  if (isArray !== true || type === 'array') return { ...value, ...(items && { items }) };
  const { description, ...item } = value;
  return { type: 'array', items: item, ...(description !== undefined && { description }) };
}

function typeOf(type: unknown, outer: readonly Function[]): JsonSchema {
  if (typeof type === 'string') return { type };
  if (Array.isArray(type)) return { type: 'array', items: typeOf(type[0], outer) };
  if (typeof type !== 'function') return {};
  const primitive = PRIMITIVES.get(type);
  if (primitive) return primitive;
  const target = resolveLazily(type);
  if (target !== type) return typeOf(target, outer);
  // A class that contains itself, or that nothing describes, takes any object.
  const isKnown = outer.includes(type) || outer.length >= MAX_DEPTH;
  return (isKnown ? undefined : describeClass(type, outer)) ?? { type: 'object' };
}

/** Swagger takes `() => Class` for classes that are declared later. */
function resolveLazily(type: Function): unknown {
  return Object.hasOwn(type, 'prototype') ? type : Reflect.apply(type, undefined, []);
}

const PRIMITIVES = new Map<Function, JsonSchema>([
  [String, { type: 'string' }],
  [Number, { type: 'number' }],
  [Boolean, { type: 'boolean' }],
  [Date, { type: 'string', format: 'date-time' }],
  [Object, { type: 'object' }],
  // Some clients refuse a list without `items`.
  [Array, { type: 'array', items: {} }],
]);
const MAX_DEPTH = 8;

function enumOf(values: unknown): JsonSchema {
  if (Array.isArray(values)) return { enum: values };
  return typeof values === 'object' && values !== null ? { enum: valuesOfEnum(values) } : {};
}

/** The members of a property that are keywords of JSON Schema. */
function kept(property: SwaggerProperty): JsonSchema {
  return Object.fromEntries(
    KEYWORDS.flatMap((keyword) =>
      property[keyword] === undefined ? [] : [[keyword, property[keyword]]],
    ),
  );
}

const KEYWORDS = [
  'title',
  'description',
  'default',
  'format',
  'pattern',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'uniqueItems',
  'multipleOf',
] as const;

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}
