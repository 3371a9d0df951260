import { toJsonSchema, type JsonSchema, type McpSchema } from '../authoring/schema.js';
import type { HandlerHost } from '../invocation/declared-handler.js';
import { InvalidHandlerError, UnboundEnhancerError } from '../mcp.errors.js';
import { httpOnlyParameters, ENHANCER_METADATA, parametersOf } from '../nest-internals.js';
import type { DiscoveredHandler } from './handler-discovery.js';

/** Class and method of a handler, for messages: `DemoService.echo`. */
export function sourceOf({ host, method }: DiscoveredHandler): string {
  return `${host.type.name}.${method}`;
}

/**
 * Checks that apply to every kind of handler.
 *
 * @throws {InvalidHandlerError} a signature that cannot be served
 * @throws {UnboundEnhancerError} an enhancer that Nest would skip
 */
export function assertServable(handler: DiscoveredHandler): void {
  const { host, method, kind } = handler;
  const [httpOnly] = httpOnlyParameters(host.type, method);
  if (httpOnly !== undefined) {
    throw new InvalidHandlerError(
      sourceOf(handler),
      `parameter ${httpOnly + 1} reads an HTTP route, and a ${kind} has none. Take the arguments from the input, and the caller from @CurrentPrincipal() or the context.`,
    );
  }
  assertEnhancersBound(host, method);
}

/** @throws {InvalidHandlerError} a name that clients would refuse */
export function assertName(source: string, name: string): void {
  if (NAME.test(name)) return;
  throw new InvalidHandlerError(
    source,
    `"${name}" is not a valid name. Use 1 to 64 of A-Z a-z 0-9 _ - . /`,
  );
}

/** @throws {InvalidHandlerError} the schema has no JSON Schema, or does not describe an object */
export function objectSchemaOf(
  source: string,
  schema: McpSchema,
): JsonSchema & { readonly type: 'object' } {
  const json = jsonSchemaOf(source, 'input', schema);
  if (json['type'] === 'object') return { ...json, type: 'object' };
  throw new InvalidHandlerError(
    source,
    'its arguments are an object, and its input schema describes something else. Use an object schema, such as z.object({ … }).',
  );
}

/** @throws {InvalidHandlerError} the schema has no JSON Schema */
export function jsonSchemaOf(
  source: string,
  side: 'input' | 'output',
  schema: McpSchema,
): JsonSchema {
  const standard: unknown = Reflect.get(schema, '~standard');
  if (typeof standard !== 'object' || standard === null) {
    throw new InvalidHandlerError(
      source,
      `its ${side} is not a schema. Wrap the fields in one, such as z.object({ … }).`,
    );
  }
  if (!('jsonSchema' in standard)) {
    throw new InvalidHandlerError(
      source,
      `the library of its ${side} schema does not write JSON Schema. Use zod 4.2 or later, ArkType, or Valibot with @valibot/to-json-schema.`,
    );
  }
  try {
    return toJsonSchema(schema, side);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidHandlerError(
      source,
      `its ${side} schema cannot be written as JSON Schema (${reason}). Use types that JSON has, or a schema library with JSON Schema support.`,
      { cause },
    );
  }
}

const NAME = /^[\w./-]{1,64}$/;

/**
 * Checks that Nest runs every enhancer of a tool, on its class or its method.
 *
 * @throws {UnboundEnhancerError} Nest would silently skip one
 */
function assertEnhancersBound({ wrapper, type }: HandlerHost, method: string): void {
  const injectables = wrapper.host?.injectables;
  const handler: unknown = Reflect.get(type.prototype, method);
  const parameters = parametersOf(type, method);
  const pipes = Object.values(parameters).flatMap((parameter) => parameter.pipes);
  for (const enhancer of [...enhancersOf(type), ...enhancersOf(handler), ...pipes]) {
    // An instance needs no DI; a class must be an injectable of the module.
    if (typeof enhancer !== 'function' || injectables?.has(enhancer)) continue;
    const reason = wrapper.isNotMetatype
      ? 'comes from useFactory or useValue, and Nest binds enhancers to classes only'
      : 'is provided under another token, where Nest binds enhancers from 12.2 on only';
    const source = `${type.name}.${method}`;
    throw new UnboundEnhancerError(enhancer.name, source, `${type.name} ${reason}`);
  }
}

function enhancersOf(holder: unknown): readonly unknown[] {
  if (typeof holder !== 'function') return [];
  return ENHANCER_METADATA.flatMap(
    (key): readonly unknown[] => Reflect.getMetadata(key, holder) ?? [],
  );
}
