import type { JsonSchema } from '../authoring/schema.js';
import type { RouteParameter } from '../nest-route-internals.js';
import { describeByOperation } from './swagger-metadata.js';
import type { PathTemplate } from './path-template.js';
import { describeParameter, describeWhole, type DescribeClass } from './value-schema.js';

/** Where a field of the input goes in the request. */
export interface Placement {
  readonly place: Place;
  /** The name there; `undefined` for the whole body. */
  readonly key: string | undefined;
}

/** A part of a request. */
export type Place = 'path' | 'query' | 'body';

/** A field of the input. */
export interface Field extends Placement {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly isRequired: boolean;
}

/** The path, the query or the body. */
export interface Part {
  readonly place: Place;
  readonly fields: readonly Field[];
  /** The parameter that takes a whole of which nothing tells the fields. */
  readonly unknownOf?: RouteParameter | undefined;
  /** The `$defs` of its schemas. */
  readonly definitions?: readonly JsonSchema[];
}

/** The parameters of the path. */
export function pathPart(
  template: PathTemplate,
  parameters: readonly RouteParameter[],
  handler: object,
  describeClass: DescribeClass,
): Part {
  const read = parameters.filter(({ kind }) => kind === 'param');
  const whole = read.find(({ name }) => name === undefined);
  const properties = propertiesOf(whole && describeWhole(whole, describeClass));
  const fields = template.parameters.map(({ name, isRequired }): Field => {
    const parameter = read.find((one) => one.name === name);
    const own = parameter ? describeParameter(parameter, describeClass).schema : properties[name];
    const { schema } = describeByOperation(handler, 'path', name);
    const described = { ...own, ...schema };
    const known = 'type' in described || 'enum' in described || 'anyOf' in described;
    return {
      name: name === '*' ? 'path' : name,
      place: 'path',
      key: name,
      schema: known ? described : { type: 'string', ...described },
      isRequired,
    };
  });
  return { place: 'path', fields };
}

/** What the handler reads of the query. */
export function queryPart(
  parameters: readonly RouteParameter[],
  handler: object,
  describeClass: DescribeClass,
): Part {
  const read = parameters.filter(({ kind }) => kind === 'query');
  const part = partOf('query', read, false, describeClass);
  const fields = part.fields.map((field): Field => {
    const told = describeByOperation(handler, 'query', field.name);
    return {
      ...field,
      schema: { ...withTextItems(field.schema), ...told.schema },
      isRequired: told.isRequired ?? field.isRequired,
    };
  });
  return { ...part, fields };
}

/** The items of a list in a query are text where nothing else is known. */
function withTextItems(schema: JsonSchema): JsonSchema {
  const isOpen = schema['type'] === 'array' && JSON.stringify(schema['items'] ?? {}) === '{}';
  return isOpen ? { ...schema, items: { type: 'string' } } : schema;
}

/** @param bodyField the one field that holds the whole body, if there is one */
export function bodyPart(
  bodies: readonly RouteParameter[],
  bodyField: string | undefined,
  describeClass: DescribeClass,
): Part {
  if (bodyField === undefined) return partOf('body', bodies, true, describeClass);
  const whole = bodies.find(({ name }) => name === undefined);
  const known =
    whole &&
    (describeWhole(whole, describeClass) ?? describeParameter(whole, describeClass).schema);
  const { schema, definitions } = splitDefinitions(known ?? {});
  const field = {
    name: bodyField,
    place: 'body',
    key: undefined,
    schema,
    isRequired: true,
  } as const;
  return { place: 'body', fields: [field], definitions };
}

/** @param isRequired of a value of which nothing tells whether it is required */
function partOf(
  place: 'query' | 'body',
  parameters: readonly RouteParameter[],
  isRequired: boolean,
  describeClass: DescribeClass,
): Part {
  const definitions: JsonSchema[] = [];
  const named = parameters.flatMap((parameter): readonly Field[] => {
    const { name } = parameter;
    if (name === undefined) return [];
    const described = describeParameter(parameter, describeClass);
    const split = splitDefinitions(described.schema);
    definitions.push(...split.definitions);
    const { schema } = split;
    return [{ name, place, key: name, schema, isRequired: described.isRequired ?? isRequired }];
  });
  const whole = parameters.find(({ name }) => name === undefined);
  if (!whole) return { place, fields: named, definitions };
  const described = describeWhole(whole, describeClass);
  if (!described || !isFlat(described)) {
    return { place, fields: named, definitions, unknownOf: whole };
  }
  const required = new Set(Array.isArray(described['required']) ? described['required'] : []);
  const fields = Object.entries(propertiesOf(described)).map(([name, schema]): Field => ({
    name,
    place,
    key: name,
    schema,
    isRequired: required.has(name),
  }));
  definitions.push(...splitDefinitions(described).definitions);
  return { place, fields: [...named, ...fields], definitions };
}

/** Whether the properties of a schema say everything about its objects. */
function isFlat(schema: JsonSchema): boolean {
  const isWhole = schema['type'] === 'object' && 'properties' in schema;
  const refersToRoot = JSON.stringify(schema).includes('"$ref":"#"');
  return isWhole && !refersToRoot && !COMBINING.some((keyword) => keyword in schema);
}

const COMBINING = ['$ref', 'allOf', 'anyOf', 'oneOf', 'not', 'if'];

/** The properties of the JSON Schema of an object. */
export function propertiesOf(schema: JsonSchema | undefined): Readonly<Record<string, JsonSchema>> {
  return (schema?.['properties'] ?? {}) as Record<string, JsonSchema>; // By JSON Schema.
}

/** Takes the definitions out of a schema: references name those of the whole input. */
function splitDefinitions({ $defs, ...schema }: JsonSchema): {
  readonly schema: JsonSchema;
  readonly definitions: readonly JsonSchema[];
} {
  return { schema, definitions: $defs === undefined ? [] : [$defs as JsonSchema] }; // By JSON Schema.
}
