import { types } from 'node:util';
import { readMetadata } from '../../request/read-metadata.js';
import { problemOfListed, type McpListed } from '../authoring/listed.js';
import { toJsonSchema, type JsonSchema, type McpSchema } from '../authoring/schema.js';
import type { HandlerHost } from '../invocation/declared-handler.js';
import { InvalidHandlerError, UnboundEnhancerError } from '../mcp.errors.js';
import { httpOnlyParameters, ENHANCER_METADATA, parametersOf } from '../nest-internals.js';
import type { DiscoveredHandler } from './handler-discovery.js';
import { withObjectRoot, type ObjectSchema } from './object-root.js';
import { adviseOnZod, findUnusablePattern } from './schema-fields.js';

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
  if (types.isGeneratorFunction(Reflect.get(host.type.prototype, method))) {
    throw new InvalidHandlerError(
      sourceOf(handler),
      'it is a generator, and nothing reads the values that it yields. Return an array of them, and tell the client of the progress with context.progress().',
    );
  }
  assertEnhancersBound(host, method);
}

/**
 * The option `listed` of an entry.
 *
 * @throws {InvalidHandlerError} it has another value
 */
export function listedOf(handler: DiscoveredHandler): McpListed | undefined {
  if (handler.kind === 'completion') return undefined;
  const { listed } = handler.options;
  const problem = problemOfListed(listed);
  if (problem !== undefined) throw new InvalidHandlerError(sourceOf(handler), problem);
  return listed;
}

/**
 * Checks the name of a tool.
 *
 * @throws {InvalidHandlerError} a name that clients would refuse
 * @see https://modelcontextprotocol.io/specification/2025-11-25/server/tools#tool-names
 */
export function assertToolName(source: string, name: string): void {
  if (TOOL_NAME.test(name)) return;
  throw new InvalidHandlerError(
    source,
    `"${name}" is not a valid name of a tool. Use 1 to 128 of A-Z a-z 0-9 _ - .`,
  );
}

/**
 * Checks the name of a prompt. The specification allows any text.
 *
 * @throws {InvalidHandlerError} a name that requests cannot have
 */
export function assertPromptName(source: string, name: string, maxLength: number): void {
  if (name !== '' && name.length <= maxLength) return;
  throw new InvalidHandlerError(
    source,
    `${JSON.stringify(name)} is not a valid name of a prompt. Use 1 to ${maxLength} characters.`,
  );
}

/** @throws {InvalidHandlerError} the schema has no JSON Schema, or does not describe an object */
export function objectSchemaOf(source: string, schema: McpSchema): ObjectSchema {
  const json = withObjectRoot(jsonSchemaOf(source, 'input', schema));
  if (json) return json;
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
  let json: JsonSchema;
  try {
    json = toJsonSchema(schema, side);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const advice = adviseOnZod(schema, side);
    throw new InvalidHandlerError(
      source,
      `its ${side} schema cannot be written as JSON Schema (${reason})${advice ? `: ${advice}` : ''}. Use types that JSON has, or a schema library with JSON Schema support.`,
      { cause },
    );
  }
  const unusable = findUnusablePattern(json);
  if (!unusable) return json;
  const { field, pattern, reason } = unusable;
  throw new InvalidHandlerError(
    source,
    `its ${side} schema has a pattern for ${field ? `the field ${field}` : 'the value'} that clients cannot compile: ${pattern} is not a regular expression with the flag u (${reason}). Write it so that it is, for example [\\w.-] instead of [\\w-.].`,
  );
}

const TOOL_NAME = /^[\w.-]{1,128}$/;

/**
 * Checks that Nest runs every enhancer of a tool, on its class or its method.
 *
 * @throws {UnboundEnhancerError} Nest would silently skip one
 */
function assertEnhancersBound({ wrapper, type }: HandlerHost, method: string): void {
  const injectables = wrapper.host?.injectables;
  const assertBound = (enhancers: readonly unknown[] = []): void => {
    for (const enhancer of enhancers) {
      // An instance needs no DI; a class must be an injectable of the module.
      if (typeof enhancer !== 'function' || injectables?.has(enhancer)) continue;
      const reason = wrapper.isNotMetatype
        ? 'comes from useFactory or useValue, and Nest binds enhancers to classes only'
        : 'is provided under another token, where Nest binds enhancers from 12.2 on only';
      const source = `${type.name}.${method}`;
      throw new UnboundEnhancerError(enhancer.name, source, `${type.name} ${reason}`);
    }
  };
  const handler: Function = Reflect.get(type.prototype, method);
  for (const key of ENHANCER_METADATA) assertBound(readMetadata(key, type));
  for (const key of ENHANCER_METADATA) assertBound(readMetadata(key, handler));
  for (const { pipes } of Object.values(parametersOf(type, method))) assertBound(pipes);
}
