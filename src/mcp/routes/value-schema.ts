import {
  DefaultValuePipe,
  ParseArrayPipe,
  ParseBoolPipe,
  ParseDatePipe,
  ParseEnumPipe,
  ParseFloatPipe,
  ParseIntPipe,
  ParseUUIDPipe,
} from '@nestjs/common';
import { toJsonSchema, type JsonSchema, type McpSchema } from '../authoring/schema.js';
import { pipeSettingsOf, type RouteParameter } from '../nest-route-internals.js';
import { valuesOfEnum } from './swagger-metadata.js';

/** The JSON Schema of one value, and whether a caller must send it. */
export interface DescribedValue {
  readonly schema: JsonSchema;
  /** `undefined` where nothing tells. */
  readonly isRequired: boolean | undefined;
}

/** Describes a class of the application; `undefined` for a class of which nothing tells the fields. */
export type DescribeClass = (type: Function) => JsonSchema | undefined;

/** Describes a parameter of a route handler by its schema, its pipes and its type. */
export function describeParameter(
  { schema, pipes, type }: RouteParameter,
  describeClass: DescribeClass,
): DescribedValue {
  if (isSchema(schema)) {
    return { schema: withoutDialect(toJsonSchema(schema, 'input')), isRequired: undefined };
  }
  const known = pipes.flatMap((pipe) => describePipe(pipe, describeClass) ?? []);
  const described: JsonSchema = Object.assign({}, ...known.map((one) => one.schema));
  const hasType = 'type' in described || 'enum' in described;
  return {
    schema: hasType ? described : { ...describeType(type, describeClass), ...described },
    isRequired: known.some((one) => one.isRequired === false)
      ? false
      : known.find((one) => one.isRequired !== undefined)?.isRequired,
  };
}

/**
 * Describes an object that a parameter takes as a whole, such as the body.
 *
 * @returns `undefined` if nothing tells its fields
 */
export function describeWhole(
  { schema, type }: RouteParameter,
  describeClass: DescribeClass,
): JsonSchema | undefined {
  if (isSchema(schema)) return withoutDialect(toJsonSchema(schema, 'input'));
  return isOwnClass(type) ? describeClass(type) : undefined;
}

/** Whether a type of TypeScript is a class of the application. */
function isOwnClass(type: unknown): type is Function {
  return typeof type === 'function' && !BUILT_IN.has(type);
}

const BUILT_IN = new Set<unknown>([
  Object,
  String,
  Number,
  Boolean,
  Array,
  Date,
  Map,
  Set,
  Promise,
]);

function describeType(type: unknown, describeClass: DescribeClass): JsonSchema {
  switch (type) {
    case String:
      return { type: 'string' };
    case Number:
      return { type: 'number' };
    case Boolean:
      return { type: 'boolean' };
    case Date:
      return { type: 'string', format: 'date-time' };
    case Array:
      // Some clients refuse a list without `items`.
      return { type: 'array', items: {} };
    default:
      return (isOwnClass(type) && describeClass(type)) || {};
  }
}

function describePipe(pipe: unknown, describeClass: DescribeClass): DescribedValue | undefined {
  const settings = pipeSettingsOf(typeof pipe === 'object' && pipe !== null ? pipe : {});
  if (isPipe(pipe, DefaultValuePipe)) {
    const { defaultValue } = settings;
    const isPlain = ['string', 'number', 'boolean'].includes(typeof defaultValue);
    return { schema: isPlain ? { default: defaultValue } : {}, isRequired: false };
  }
  const schema = schemaOfPipe(pipe, settings, describeClass);
  return schema && { schema, isRequired: settings.options['optional'] !== true };
}

function schemaOfPipe(
  pipe: unknown,
  { options, enumType }: ReturnType<typeof pipeSettingsOf>,
  describeClass: DescribeClass,
): JsonSchema | undefined {
  if (isPipe(pipe, ParseIntPipe)) return { type: 'integer' };
  if (isPipe(pipe, ParseFloatPipe)) return { type: 'number' };
  if (isPipe(pipe, ParseBoolPipe)) return { type: 'boolean' };
  if (isPipe(pipe, ParseUUIDPipe)) return { type: 'string', format: 'uuid' };
  if (isPipe(pipe, ParseDatePipe)) return { type: 'string', format: 'date-time' };
  if (isPipe(pipe, ParseArrayPipe)) {
    const { $defs, ...items } = describeType(options['items'], describeClass);
    return { type: 'array', items, ...($defs !== undefined && { $defs }) };
  }
  if (isPipe(pipe, ParseEnumPipe) && enumType) return { enum: valuesOfEnum(enumType) };
  return undefined;
}

/** A pipe is given as a class or as an instance. */
function isPipe(pipe: unknown, type: abstract new (...parameters: never[]) => unknown): boolean {
  if (typeof pipe !== 'function') return pipe instanceof type;
  return pipe === type || pipe.prototype instanceof type;
}

function isSchema(schema: unknown): schema is McpSchema {
  const standard: unknown = Reflect.get(Object(schema), '~standard');
  return typeof standard === 'object' && standard !== null && 'jsonSchema' in standard;
}

function withoutDialect({ $schema: _dialect, ...schema }: JsonSchema): JsonSchema {
  return schema;
}
