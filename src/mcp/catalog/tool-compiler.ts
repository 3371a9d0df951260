import { accessRuleOf } from '../../access/access.decorators.js';
import { toToolFailure } from '../invocation/handler-failure.js';
import type { HandlerPipelineFactory } from '../invocation/handler-pipeline.js';
import { limitCalls } from '../invocation/call-limits.js';
import {
  problemOfLimits,
  resolveToolLimits,
  type McpToolLimits,
} from '../authoring/tool-limits.js';
import { type ToolOutcome, toDirectResult, toToolResult } from '../invocation/tool-result.js';
import { problemOf, toolTaskOf } from '../authoring/task-options.js';
import type { CatalogTool } from './catalog-entry.js';
import { InvalidHandlerError } from '../mcp.errors.js';
import {
  assertName,
  assertServable,
  sourceOf,
  jsonSchemaOf,
  objectSchemaOf,
} from './handler-checks.js';
import type { DiscoveredHandler } from './handler-discovery.js';
import type { Tool } from '@modelcontextprotocol/server';

import { isDescribableObject } from './json-schema-support.js';
import type { McpToolOptions } from '../authoring/mcp-tool.decorator.js';

/**
 * Compiles a tool.
 *
 * @param toolLimits what holds for a tool that says nothing itself
 * @throws {InvalidHandlerError} a name, schema or signature that cannot be served
 * @throws {UnboundEnhancerError} an enhancer that Nest would skip
 */
export function compileTool(
  handler: DiscoveredHandler & { readonly kind: 'tool' },
  pipelines: HandlerPipelineFactory,
  toolLimits: McpToolLimits,
): CatalogTool {
  const { host, method, options } = handler;
  const { name = method, input, output } = options;
  const source = sourceOf(handler);
  assertName(source, name);
  assertServable(handler);
  const task = options.task && toolTaskOf(options.task);
  const problem = task && problemOf(task);
  if (problem) throw new InvalidHandlerError(source, problem);
  const limits = resolveToolLimits(options.limits, toolLimits);
  const wrong = problemOfLimits(limits);
  if (wrong !== undefined) throw new InvalidHandlerError(source, `limits.${wrong}`);
  const { definition, hasObjectOutput, readsHeaders } = defineTool(source, { ...options, name });
  const run = pipelines.create<ToolOutcome>(
    { host, method, source },
    {
      toResult: (returned, _input, _context, { running }) =>
        running?.isDirect
          ? toDirectResult(source, output, returned)
          : toToolResult(source, output, returned),
      toFailure: toToolFailure,
    },
  );
  return {
    key: name,
    source,
    definition,
    access: accessRuleOf(host.type, method),
    task,
    hasObjectOutput,
    // The SDK compares arguments with headers where a schema asks for it, and writes values that are
    // no object in a form of their own for older clients.
    canTakeFastPath: () => !task && hasObjectOutput && !readsHeaders(),
    // What nobody declared, nobody has validated: the handler does not get it.
    call: limitCalls(
      input ? run : (_input, exchange, context) => run({}, exchange, context),
      name,
      limits,
    ),
  };
}

/** What `tools/list` says of a tool, and what follows from it. */
export interface ToolDefinition {
  /** A schema that is sure to have words is written when somebody first reads it. */
  readonly definition: Tool;
  /** Whether its output is an object, or it says nothing of it. */
  readonly hasObjectOutput: boolean;
  /** Whether a header repeats one of its arguments, as its input schema may say. */
  readonly readsHeaders: () => boolean;
}

/** @throws {InvalidHandlerError} a schema that has no JSON Schema, or an input that is no object */
export function defineTool(
  source: string,
  options: McpToolOptions & { readonly name: string },
): ToolDefinition {
  const { name, title, description, input, output, annotations, icons, _meta } = options;
  const definition: Tool = {
    name,
    description,
    ...(title !== undefined && { title }),
    inputSchema: NO_ARGUMENTS,
    ...(output && { outputSchema: NO_ARGUMENTS }),
    ...(annotations && { annotations }),
    ...(icons && { icons: [...icons] }),
    ...(_meta && { _meta }),
  };
  if (input) {
    const write = () => objectSchemaOf(source, input);
    if (isDescribableObject(input)) defineLazily(definition, 'inputSchema', write);
    else definition.inputSchema = write();
  }
  let hasObjectOutput = true;
  if (output) {
    const write = () => jsonSchemaOf(source, 'output', output);
    if (isDescribableObject(output)) {
      defineLazily(definition, 'outputSchema', write);
    } else {
      definition.outputSchema = write();
      hasObjectOutput = definition.outputSchema['type'] === 'object';
    }
  }
  let readsHeaders: boolean | undefined;
  return {
    definition,
    hasObjectOutput,
    readsHeaders: () =>
      (readsHeaders ??= JSON.stringify(definition.inputSchema).includes('"x-mcp-header"')),
  };
}

const NO_ARGUMENTS = { type: 'object', properties: {} } satisfies Tool['inputSchema'];

/** Gives a member of an object a value that is made when it is first read, and kept. */
export function defineLazily<T extends object, K extends keyof T & string>(
  target: T,
  key: K,
  make: () => T[K],
): void {
  Object.defineProperty(target, key, {
    configurable: true,
    enumerable: true,
    get: () => {
      const value = make();
      Object.defineProperty(target, key, { configurable: true, enumerable: true, value });
      return value;
    },
  });
}
