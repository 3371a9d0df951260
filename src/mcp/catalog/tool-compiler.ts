import {
  isInputRequiredResult,
  type CallToolResult,
  type Tool,
} from '@modelcontextprotocol/server';
import { accessRuleOf } from '../../access/access.decorators.js';
import type { AccessRule } from '../../access/access-rule.js';
import { asBlocks } from '../authoring/content-blocks.js';
import { appUriOf, isAppUri } from '../authoring/mcp-app.decorator.js';
import type { McpToolOptions } from '../authoring/mcp-tool.decorator.js';
import { InputPipe, type McpSchema } from '../authoring/schema.js';
import { problemOf, toolTaskOf } from '../authoring/task-options.js';
import {
  problemOfLimits,
  resolveToolLimits,
  type McpToolLimits,
} from '../authoring/tool-limits.js';
import { limitCalls } from '../invocation/call-limits.js';
import { toToolFailure } from '../invocation/handler-failure.js';
import type { HandlerPipelineFactory } from '../invocation/handler-pipeline.js';
import { askForPage } from '../invocation/page-required.js';
import { type ToolOutcome, toFastPathResult, toToolResult } from '../invocation/tool-result.js';
import { InvalidHandlerError } from '../mcp.errors.js';
import type { CatalogTool } from './catalog-entry.js';
import {
  assertServable,
  assertToolName,
  sourceOf,
  jsonSchemaOf,
  objectSchemaOf,
} from './handler-checks.js';
import type { DiscoveredHandler } from './handler-discovery.js';
import { isDescribableObject } from './json-schema-support.js';
import { withObjectRoot } from './object-root.js';
import type { CompiledRoute, RouteCompiler, RouteTool } from './route-compiler.js';
import type { SchemaReader } from './schema-reader.js';

/** What the compilers of all kinds of entries need. */
export interface CompilerParts {
  readonly pipelines: HandlerPipelineFactory;
  readonly schemas: SchemaReader;
}

/**
 * Compiles a tool of a provider.
 *
 * @param toolLimits defaults for tools without limits of their own
 * @throws {InvalidHandlerError} an invalid name, schema or signature
 * @throws {MissingPackageError} a package that a schema needs is not installed
 * @throws {UnboundEnhancerError} an enhancer that Nest would skip
 */
export function compileTool(
  handler: DiscoveredHandler & { readonly kind: 'tool' },
  { pipelines, schemas }: CompilerParts,
  toolLimits: McpToolLimits,
): CatalogTool {
  const { host, method, options } = handler;
  const { name = method } = options;
  const source = sourceOf(handler);
  assertServable(handler);
  const input = options.input && schemas.read(source, 'input', options.input);
  const output = options.output && schemas.read(source, 'output', options.output);
  const resultOf = (returned: unknown) =>
    toToolResult(source, output, output ? returned : asBlocks(returned));
  const isDetached = options.task !== undefined && toolTaskOf(options.task).detached === true;
  const run = pipelines.create<ToolOutcome>(
    { host, method, source, inputPipe: input && new InputPipe(name, input) },
    {
      toResult: (returned, _input, context, { running }) => {
        if (running?.isOnFastPath) {
          return toFastPathResult(source, output, output ? returned : asBlocks(returned));
        }
        const isHandedOver = isDetached && context.taskId !== undefined;
        return isHandedOver && !isInputRequiredResult(returned) ? HANDED_OVER : resultOf(returned);
      },
      toFailure: (error, context) => askForPage(error, context) ?? toToolFailure(error, context),
    },
  );
  const entry = defineEntry(handler, toolLimits, {
    options,
    input,
    output,
    // Without an input schema nothing was validated, so that the handler gets no arguments.
    run: input ? run : (_input, exchange, context) => run({}, exchange, context),
  });
  return isDetached ? { ...entry, resultOf } : entry;
}

/** The handler of a detached task has returned: the result comes later. */
const HANDED_OVER: CallToolResult = { content: [] };

/**
 * Compiles a tool of a route handler.
 *
 * @param access rule of the handler, as it is registered
 * @param toolLimits defaults for tools without limits of their own
 * @throws {InvalidHandlerError} an invalid name or schema, or a route that a tool cannot call
 * @throws {MissingPackageError} a package that a schema needs is not installed
 */
export function compileRouteTool(
  handler: RouteTool,
  routes: RouteCompiler,
  access: AccessRule,
  toolLimits: McpToolLimits,
): CatalogTool {
  const entry = defineEntry(handler, toolLimits, routes.compile(handler, access));
  if (entry.task?.detached) {
    throw new InvalidHandlerError(
      entry.source,
      'it is a route, which does not learn the id of its task. Remove task.detached, or move the tool to a provider.',
    );
  }
  return { ...entry, access, isRoute: true };
}

function defineEntry(
  handler: DiscoveredHandler & { readonly kind: 'tool' },
  toolLimits: McpToolLimits,
  {
    options,
    input,
    output,
    inputSchema,
    run,
  }: Omit<CompiledRoute, 'inputSchema'> & Partial<Pick<CompiledRoute, 'inputSchema'>>,
): CatalogTool {
  const { host, method } = handler;
  const { name = method } = options;
  const source = sourceOf(handler);
  assertToolName(source, name);
  const task = options.task && toolTaskOf(options.task);
  const problem = task && problemOf(task);
  if (problem) throw new InvalidHandlerError(source, problem);
  const limits = resolveToolLimits(options.limits, toolLimits);
  // Those of all tools were checked with the options of the module.
  const limitProblem = options.limits && problemOfLimits(limits);
  if (limitProblem !== undefined) throw new InvalidHandlerError(source, `limits.${limitProblem}`);
  const { definition, hasObjectOutput, readsHeaders } = defineTool(source, {
    ...options,
    name,
    input,
    output,
  });
  if (inputSchema) definition.inputSchema = inputSchema;
  return {
    key: name,
    source,
    definition,
    access: accessRuleOf(host.type, method),
    task,
    hasObjectOutput,
    // Only the SDK compares arguments with headers, and converts results that are not objects for
    // 2025-era clients.
    canTakeFastPath: () => !task && hasObjectOutput && !readsHeaders(),
    call: limitCalls(run, name, limits),
  };
}

/**
 * Checks that the server has the MCP App that a tool names. With `dynamic`, it may be added later.
 *
 * @throws {InvalidHandlerError}
 */
export function assertAppServed(
  handler: DiscoveredHandler & { readonly kind: 'tool' },
  catalog: { resourceAt(uri: string): unknown },
  { dynamic }: { readonly dynamic: boolean },
): void {
  const uri = appUriOf(handler.options._meta);
  if (uri === undefined) return;
  if (!isAppUri(uri)) {
    throw new InvalidHandlerError(
      sourceOf(handler),
      `its _meta names the app ${JSON.stringify(uri)}. Use a URI such as ui://notes/list.html.`,
    );
  }
  if (dynamic || catalog.resourceAt(uri)) return;
  throw new InvalidHandlerError(
    sourceOf(handler),
    `its _meta names the app ${uri}, which this server does not have. Add @McpApp({ uri: '${uri}' }), or correct the URI.`,
  );
}

interface ToolSchemas {
  readonly input?: McpSchema | undefined;
  readonly output?: McpSchema | undefined;
}

/** The entry of a tool in `tools/list`, and what its schemas imply. */
interface ToolDefinition {
  /** A schema that zod can certainly express is generated when it is first read. */
  readonly definition: Tool;
  /** Whether its output schema describes an object; true without an output schema. */
  readonly hasObjectOutput: boolean;
  /** Whether its input schema requires a header that repeats an argument. */
  readonly readsHeaders: () => boolean;
}

/** @throws {InvalidHandlerError} a schema has no JSON Schema, or the input is not an object */
export function defineTool(
  source: string,
  options: Omit<McpToolOptions, 'input' | 'output'> & ToolSchemas & { readonly name: string },
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
      const schema = write();
      definition.outputSchema = withObjectRoot(schema) ?? schema;
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

/** Defines a member whose value is computed when it is first read. */
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
