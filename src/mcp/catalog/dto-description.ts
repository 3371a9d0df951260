import type { Type } from '@nestjs/common';
import { isJsonObject } from '../../request/json-object.js';
import type { JsonSchema } from '../authoring/schema.js';
import { convertersOf, typeOfProperty } from './dto-converters.js';
import { rulesOf, type DtoPackages } from './dto-packages.js';

/** Which JSON Schema a class is described for. */
interface DescriptionOptions {
  readonly side: 'input' | 'output';
  /** Whether other members are refused, or never sent. */
  readonly isClosed: boolean;
}

interface DtoDescription {
  readonly schema: JsonSchema;
  /** Rules that JSON Schema cannot express, such as `iban (isIBAN)`. */
  readonly omitted: readonly string[];
  /** Why the class cannot be described, to follow "its input"; `undefined` if it can. */
  readonly problem: string | undefined;
}

/**
 * The JSON Schema of a class with the decorators of class-validator: fields and rules from
 * class-validator-jsonschema, nested classes in `$defs`, defaults from the initializers of the
 * class, descriptions and examples from `@ApiProperty()`.
 */
export function describeDto(
  packages: DtoPackages,
  root: Type<object>,
  options: DescriptionOptions,
): DtoDescription {
  const names = new Map<unknown, string>();
  const nested: Type<object>[] = [];
  const omitted = new Set<string>();
  const problems: string[] = [];
  let described = root;
  const refer = (type: Type<object>): JsonSchema => {
    if (!names.has(type)) {
      names.set(type, freeName(type.name, new Set(names.values())));
      nested.push(type);
    }
    return { $ref: `#/$defs/${names.get(type)}` };
  };
  const converters = convertersOf(packages, {
    refer,
    omit: ({ propertyName, type }) => {
      const owner = described === root ? '' : `${described.name}.`;
      omitted.add(`${owner}${propertyName} (${type})`);
    },
    fail: ({ target, propertyName }, problem) => {
      problems.push(`has the field ${target.name}.${propertyName}, ${problem}`);
    },
  });
  const describe = (type: Type<object>): JsonSchema => {
    described = type;
    if (rulesOf(packages.validator, type).length === 0) {
      problems.push(
        `is the class ${type.name}, which has no decorators of class-validator. Decorate its fields, such as @IsString() name!: string.`,
      );
      return {};
    }
    const schema = packages.toSchema(type, {
      refPointerPrefix: '#/$defs/',
      additionalConverters: converters,
      classTransformerMetadataStorage: storageFor(packages, options.side),
    });
    return finish(schema, type, options);
  };
  const schema = describe(root);
  // Describing a class may find more of them.
  const $defs: Record<string, JsonSchema> = {};
  for (const type of nested) $defs[names.get(type) ?? type.name] = describe(type);
  return {
    schema: nested.length > 0 ? { ...schema, $defs } : schema,
    omitted: [...omitted],
    problem: problems[0],
  };
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  for (let count = 1; ; count += 1) {
    const candidate = count === 1 ? name : `${name}${count}`;
    if (!taken.has(candidate)) return candidate;
  }
}

/** The declarations of class-transformer, with the exclusions that apply to this side only. */
function storageFor(
  { declared }: DtoPackages,
  side: DescriptionOptions['side'],
): DtoPackages['declared'] {
  return {
    findTypeMetadata: (target, property) => declared.findTypeMetadata(target, property),
    getExposedMetadatas: (target) => declared.getExposedMetadatas(target),
    findExcludeMetadata: (target, property) => {
      const found = declared.findExcludeMetadata(target, property);
      const { toClassOnly = false, toPlainOnly = false } = found?.options ?? {};
      return (side === 'input' ? toPlainOnly : toClassOnly) ? undefined : found;
    },
  };
}

/** Adds what class-validator-jsonschema does not know. */
function finish(
  { properties, required, ...rest }: JsonSchema,
  type: Type<object>,
  { side, isClosed }: DescriptionOptions,
): JsonSchema {
  const defaults = side === 'input' ? defaultsOf(type) : new Map<string, unknown>();
  const fields = Object.entries(isJsonObject(properties) ? properties : {}).map(
    ([name, schema]) => [
      name,
      {
        ...typeOfProperty(type, name, isJsonObject(schema) ? schema : {}),
        ...(defaults.has(name) && { default: defaults.get(name) }),
        ...annotationsOf(type, name),
      },
    ],
  );
  const mandatory = Array.isArray(required)
    ? required.filter((name: unknown) => !defaults.has(String(name)))
    : [];
  return {
    ...rest,
    type: 'object',
    properties: Object.fromEntries(fields),
    ...(mandatory.length > 0 && { required: mandatory }),
    ...(isClosed && { additionalProperties: false }),
  };
}

/** The values of initializers: class-transformer creates instances with them as well. */
function defaultsOf(type: Type<object>): ReadonlyMap<string, unknown> {
  try {
    const values = Object.entries(new type()).filter(([, value]) => value !== undefined);
    return new Map(Object.entries(JSON.parse(JSON.stringify(Object.fromEntries(values)))));
  } catch {
    // The constructor needs arguments: then there are no instances without them either.
    return new Map();
  }
}

/** What `@ApiProperty()` of `@nestjs/swagger` says about a field. */
function annotationsOf(type: Type<object>, property: string): JsonSchema {
  const noted: unknown = Reflect.getMetadata(SWAGGER_PROPERTY, type.prototype, property);
  if (!isJsonObject(noted)) return {};
  const { title, description, example, examples, deprecated, default: fallback } = noted;
  const samples = example === undefined ? examples : [example];
  return {
    ...(typeof title === 'string' && { title }),
    ...(typeof description === 'string' && description !== '' && { description }),
    ...(isJson(fallback) && { default: fallback }),
    ...(Array.isArray(samples) && isJson(samples) && { examples: samples }),
    ...(deprecated === true && { deprecated }),
  };
}

function isJson(value: unknown): boolean {
  try {
    return JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
}

/** Where `@nestjs/swagger` keeps the options of `@ApiProperty()`. */
const SWAGGER_PROPERTY = 'swagger/apiModelProperties';
