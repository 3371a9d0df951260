import type { Type } from '@nestjs/common';
import type { JsonSchema } from '../authoring/schema.js';
import { InvalidHandlerError } from '../mcp.errors.js';
import { routeParametersOf, type RouteParameter } from '../nest-route-internals.js';
import type { PathTemplate } from './path-template.js';
import {
  bodyPart,
  pathPart,
  propertiesOf,
  queryPart,
  type Field,
  type Part,
  type Place,
  type Placement,
} from './request-parts.js';
import type { DescribeClass } from './value-schema.js';

/** How the input of a tool becomes the request of its route. */
export interface RouteInput {
  /** Composed from the path, the query and the body; `undefined` where the tool has an `input`. */
  readonly schema: JsonObjectSchema | undefined;
  readonly placements: ReadonlyMap<string, Placement>;
  /** Where fields go that have no placement; `undefined` to refuse them. */
  readonly rest: 'query' | 'body' | undefined;
  /** Whether the handler reads a body. */
  readonly hasBody: boolean;
  readonly template: PathTemplate;
}

export type JsonObjectSchema = JsonSchema & { readonly type: 'object' };

/** A route whose input is composed. */
export interface InputOfRoute {
  readonly source: string;
  readonly type: Type<object>;
  readonly method: string;
  /** Such as `GET`. */
  readonly verb: string;
  readonly template: PathTemplate;
  /** The field that holds the whole body. Default: its properties are fields. */
  readonly bodyField: string | undefined;
  /** JSON Schema of the `input` of the tool, if it has one. */
  readonly explicit: JsonSchema | undefined;
  readonly describeClass: DescribeClass;
}

/**
 * Composes one flat object from the path, the query and the body of a route.
 *
 * @throws {InvalidHandlerError} two fields share a name, or nothing tells the fields of a part
 */
export function composeInput(route: InputOfRoute): RouteInput {
  const { source, type, method, verb, template, bodyField, explicit, describeClass } = route;
  const parameters = routeParametersOf(type, method);
  const handler: object = Reflect.get(type.prototype, method);
  const bodies = parameters.filter(({ kind }) => kind === 'body' || kind === 'raw body');
  if (bodies.length > 0 && verb === 'GET') {
    throw new InvalidHandlerError(source, 'it reads a body, and GET has none. Use @Query().');
  }
  if (bodyField !== undefined && bodies.length === 0) {
    throw new InvalidHandlerError(
      source,
      `route.body is "${bodyField}", and no parameter reads a body. Remove it, or add @Body().`,
    );
  }
  const parts: readonly Part[] = [
    pathPart(template, parameters, handler, describeClass),
    queryPart(parameters, handler, describeClass),
    bodyPart(bodies, bodyField, describeClass),
  ];
  const fields = mergeFields(source, parts);
  const common = { hasBody: bodies.length > 0, template };
  if (explicit) return { ...common, schema: undefined, ...placeExplicit(route, parts, fields) };
  for (const { place, unknownOf } of parts) {
    if (unknownOf) throw unknownFields(source, place, unknownOf);
  }
  return {
    ...common,
    schema: toSchema(source, fields, parts),
    placements: new Map([...fields].map(([name, { place, key }]) => [name, { place, key }])),
    rest: undefined,
  };
}

/** @throws {InvalidHandlerError} two parts have a field of one name */
function mergeFields(source: string, parts: readonly Part[]): ReadonlyMap<string, Field> {
  const fields = new Map<string, Field>();
  for (const field of parts.flatMap((part) => part.fields)) {
    const { name, place } = field;
    const other = fields.get(name);
    if (other && other.place !== place) {
      const cure =
        place === 'body'
          ? `, or set route: { body: '${freeName(parts)}' }, so that the body becomes one field`
          : '';
      throw new InvalidHandlerError(
        source,
        `its ${other.place} and its ${place} both have "${name}", and the input of a tool is one object. Rename one of them${cure}.`,
      );
    }
    if (place === 'query' && isObjectSchema(field.schema, parts)) {
      throw new InvalidHandlerError(
        source,
        `its query has "${name}", which is an object, and a query has text, numbers, booleans and lists of them. Take it from @Body().`,
      );
    }
    if (!other) fields.set(name, field);
  }
  return fields;
}

/** Whether a schema, or the definition that it refers to, describes an object. */
function isObjectSchema(schema: JsonSchema, parts: readonly Part[]): boolean {
  if (schema['type'] === 'object') return true;
  const definitions = parts.flatMap((part) => part.definitions ?? []);
  return definitions
    .flatMap((all) => Object.entries(all))
    .some(([name, one]) => schema['$ref'] === `#/$defs/${name}` && Object(one).type === 'object');
}

function freeName(parts: readonly Part[]): string {
  const taken = parts.filter(({ place }) => place !== 'body').flatMap(({ fields }) => fields);
  return taken.some(({ name }) => name === 'body') ? 'content' : 'body';
}

function toSchema(
  source: string,
  fields: ReadonlyMap<string, Field>,
  parts: readonly Part[],
): JsonObjectSchema {
  const $defs: Record<string, unknown> = {};
  for (const definitions of parts.flatMap((part) => part.definitions ?? [])) {
    for (const [name, definition] of Object.entries(definitions)) {
      if (name in $defs && JSON.stringify($defs[name]) !== JSON.stringify(definition)) {
        throw new InvalidHandlerError(
          source,
          `two schemas of its input have different definitions of "${name}". Rename one of them.`,
        );
      }
      $defs[name] = definition;
    }
  }
  const required = [...fields.values()].filter((one) => one.isRequired).map(({ name }) => name);
  return {
    type: 'object',
    properties: Object.fromEntries([...fields].map(([name, { schema }]) => [name, schema])),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
    ...(Object.keys($defs).length > 0 && { $defs }),
  };
}

function unknownFields(source: string, place: Place, { index, type }: RouteParameter): Error {
  const name = typeof type === 'function' ? ` (${type.name})` : '';
  const cure = place === 'body' ? ", or route: { body: 'body' } for a body that is one field" : '';
  return new InvalidHandlerError(
    source,
    `parameter ${index + 1} takes the whole ${place}${name}, and nothing tells its fields. Give @McpTool() an input schema${cure}, or give the parameter a described class.`,
  );
}

/** Finds the places of the fields of an `input` schema. */
function placeExplicit(
  { source, explicit }: InputOfRoute,
  parts: readonly Part[],
  fields: ReadonlyMap<string, Field>,
): Pick<RouteInput, 'placements' | 'rest'> {
  const names = Object.keys(propertiesOf(explicit));
  const wholes = parts.flatMap(({ place, unknownOf }) => (unknownOf ? [place] : []));
  const [rest, second] = wholes.filter((place) => place !== 'path');
  const missing = [...fields.values()].find(
    ({ name, place, isRequired }) => place === 'path' && isRequired && !names.includes(name),
  );
  if (missing) {
    throw new InvalidHandlerError(
      source,
      `its input has no "${missing.name}", which its path needs. Add the field.`,
    );
  }
  const placements = new Map<string, Placement>();
  for (const name of names) {
    const field = fields.get(name);
    const place = field ?? (rest && !second ? { place: rest, key: name } : undefined);
    if (!place) throw new InvalidHandlerError(source, describeUnplaced(name, second !== undefined));
    placements.set(name, { place: place.place, key: place.key });
  }
  return { placements, rest: second ? undefined : rest };
}

function describeUnplaced(name: string, isAmbiguous: boolean): string {
  return isAmbiguous
    ? `its input has "${name}", which the query or the body may take: both are read as a whole. Read one of them by name, such as @Query('${name}').`
    : `its input has "${name}", which no parameter of the handler reads. Remove it, or read it with @Query('${name}') or @Body('${name}').`;
}
