import type { Type } from '@nestjs/common';
import {
  CUSTOM_ROUTE_ARGS_METADATA,
  PARAMTYPES_METADATA,
  ROUTE_ARGS_METADATA,
  type ParameterDescription,
} from './nest-internals.js';

// What this package knows of the parameters and the pipes of routes, which Nest keeps private.
// test/mcp/nest-route-internals.spec.ts states what is relied on.

/** What a parameter of a route handler reads. */
export type RouteParameterKind =
  | 'body'
  | 'cookies'
  | 'custom'
  | 'file'
  | 'headers'
  | 'host'
  | 'ip'
  | 'param'
  | 'query'
  | 'raw body'
  | 'reply'
  | 'request'
  | 'session'
  | 'unknown';

/** A parameter of a route handler. */
export interface RouteParameter {
  readonly kind: RouteParameterKind;
  readonly index: number;
  /** The name that the decorator gives, such as `id` in `@Param('id')`. */
  readonly name: string | undefined;
  /** Classes and instances. */
  readonly pipes: readonly unknown[];
  /** The Standard Schema of the decorator, if it has one. */
  readonly schema: unknown;
  /** The class that the compiler notes for its type; `undefined` without metadata of types. */
  readonly type: unknown;
}

/** The decorated parameters of a route handler, in the order of the signature. */
export function routeParametersOf(type: Type<object>, method: string): readonly RouteParameter[] {
  const described: Readonly<Record<string, ParameterDescription>> =
    Reflect.getMetadata(ROUTE_ARGS_METADATA, type, method) ?? {};
  const types: readonly unknown[] =
    Reflect.getMetadata(PARAMTYPES_METADATA, type.prototype, method) ?? [];
  return Object.entries(described)
    .map(([key, { index, data, pipes, schema }]) => ({
      kind: kindOf(key),
      index,
      name: typeof data === 'string' ? data : undefined,
      pipes: pipes ?? [],
      schema,
      type: types[index],
    }))
    .toSorted((one, other) => one.index - other.index);
}

function kindOf(key: string): RouteParameterKind {
  if (key.includes(CUSTOM_ROUTE_ARGS_METADATA)) return 'custom';
  return ROUTE_PARAMETERS[Number.parseInt(key, 10)] ?? 'unknown';
}

/** By the numbers of `RouteParamtypes`. */
const ROUTE_PARAMETERS: Readonly<Record<number, RouteParameterKind>> = {
  0: 'request',
  1: 'reply',
  2: 'request',
  3: 'body',
  4: 'query',
  5: 'param',
  6: 'headers',
  7: 'session',
  8: 'file',
  9: 'file',
  10: 'host',
  11: 'ip',
  12: 'raw body',
  14: 'cookies',
  15: 'cookies',
};

/** What a pipe of Nest was created with. The members are protected. */
interface PipeSettings {
  readonly options: Readonly<Record<string, unknown>>;
  readonly enumType: object | undefined;
  readonly defaultValue: unknown;
}

/** The settings of an instance of a `Parse…Pipe` or a `DefaultValuePipe`. */
export function pipeSettingsOf(pipe: object): PipeSettings {
  const [options, enumType]: unknown[] = [
    Reflect.get(pipe, 'options'),
    Reflect.get(pipe, 'enumType'),
  ];
  return {
    options: typeof options === 'object' && options !== null ? { ...options } : {},
    enumType: typeof enumType === 'object' && enumType !== null ? enumType : undefined,
    defaultValue: Reflect.get(pipe, 'defaultValue'),
  };
}
