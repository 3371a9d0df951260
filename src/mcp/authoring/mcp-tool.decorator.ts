import type { Icon, ToolAnnotations } from '@modelcontextprotocol/server';
import { Reflector } from '@nestjs/core';
import type { OptionsOf } from '../../request/known-options.js';
import type { McpListed } from './listed.js';
import { assertMethod, assertParentheses, markHandler } from './mark-handler.js';
import type { McpRouteOptions } from './route-options.js';
import type { Accepted, SchemaSource, Validated } from './schema.js';
import type { McpToolTask, TaskSupport } from './task-options.js';
import type { McpToolLimits } from './tool-limits.js';

/**
 * Makes a method of a provider an MCP tool, or a route handler of a controller. Its class is
 * discovered; it needs no registration.
 *
 * The method gets `(input, context)`. Parameters with a decorator of Nest, such as
 * `@CurrentPrincipal()`, may come between: input and context are the first two parameters without
 * one. It returns the value of `output`, or a string, a JSON value, content blocks or a whole
 * `CallToolResult`.
 *
 * A call of a route handler goes through its route: middleware, guards, pipes, interceptors and
 * filters run as for a request. Its input is composed from the parameters of the route.
 *
 * Calls require an authenticated caller unless the method or its class has `@Public()`.
 *
 * @example
 * ```ts
 * @McpTool({ description: 'Adds two numbers', input: z.object({ a: z.number(), b: z.number() }) })
 * add({ a, b }: { a: number; b: number }) {
 *   return a + b;
 * }
 * ```
 */
export function McpTool(options: McpRouteToolOptions): RouteDecorator;
/** What the method of a detached tool returns is dropped. */
export function McpTool<I extends SchemaSource | undefined = undefined>(
  options: McpToolOptions<I> & { readonly task: { readonly detached: true } },
): ToolDecorator<I, undefined>;
export function McpTool<
  I extends SchemaSource | undefined = undefined,
  O extends SchemaSource | undefined = undefined,
>(options: McpToolOptions<I, O>): ToolDecorator<I, O>;
export function McpTool(options: McpToolOptions | McpRouteToolOptions) {
  assertParentheses(TOOL, arguments);
  return (prototype: object, method: string, descriptor: PropertyDescriptor): void => {
    assertMethod(TOOL, options, [prototype, method, descriptor]);
    const { description = '' } = options;
    ToolMetadata({ ...options, description })(prototype, method, descriptor);
    markHandler(prototype, method);
  };
}

/** Metadata of a method: the options of its tool. */
export const ToolMetadata = Reflector.createDecorator<McpToolOptions>({
  key: 'nestjs-clerk-mcp:tool',
});

type ToolDecorator<I, O> = <M extends ToolMethod<I, O>>(
  prototype: object,
  method: string,
  descriptor: TypedPropertyDescriptor<M>,
) => void;

/** The parameters of a route handler come from its request, whatever the input of the tool is. */
type RouteDecorator = <M extends (...parameters: never[]) => unknown>(
  prototype: object,
  method: string,
  descriptor: TypedPropertyDescriptor<M>,
) => void;

/** The signature that these options require. */
type ToolMethod<I, O> = (
  ...parameters: I extends SchemaSource ? [input: Validated<I>, ...rest: never[]] : never[]
) => O extends SchemaSource ? Result<Accepted<O>> : unknown;

type Result<T> = T | Promise<T>;

/** Options of `@McpTool()`. */
export interface McpToolOptions<
  I extends SchemaSource | undefined = SchemaSource | undefined,
  O extends SchemaSource | undefined = SchemaSource | undefined,
> {
  /** The name on the wire, 1 to 128 of `A-Z a-z 0-9 _ - .`. Default: the name of the method. */
  readonly name?: string;
  /** For people: shown in lists of tools. */
  readonly title?: string;
  /** For the model: what the tool does and when to use it. */
  readonly description: string;
  /**
   * Schema of the arguments, an object: a Standard Schema, a class with the decorators of
   * class-validator, or a JSON Schema. The method gets the validated output. Default: no arguments.
   */
  readonly input?: I;
  /**
   * Schema of the result, of the same kinds. The returned value is validated and becomes
   * `structuredContent`.
   */
  readonly output?: O;
  /** Hints for the client, such as `readOnlyHint`. They are not access control. */
  readonly annotations?: ToolAnnotations;
  /** Pictures of the tool that a client may show. */
  readonly icons?: readonly Icon[];
  /**
   * For long work. A client that supports tasks gets a task at once and polls for the result; the
   * handler does not depend on the connection. Default: no task.
   */
  readonly task?: TaskSupport | McpToolTask;
  /**
   * How long a call may take, and how many may run at a time. Default: `toolLimits` of the module.
   */
  readonly limits?: McpToolLimits;
  /**
   * Who sees it in lists before signing in, where the server offers a sign-in. Default: `offered`.
   */
  readonly listed?: McpListed;
  /** Sent to the client unchanged, such as the `ui` of an MCP App. */
  readonly _meta?: Readonly<Record<string, unknown>>;
  /** For a route handler of a controller only. */
  readonly route?: McpRouteOptions;
}

const TOOL_OPTIONS = {
  name: true,
  title: true,
  description: true,
  input: true,
  output: true,
  annotations: {
    title: true,
    readOnlyHint: true,
    destructiveHint: true,
    idempotentHint: true,
    openWorldHint: true,
  } satisfies OptionsOf<ToolAnnotations>,
  icons: true,
  task: {
    support: true,
    starts: true,
    ttlMs: true,
    pollIntervalMs: true,
    detached: true,
  } satisfies OptionsOf<McpToolTask>,
  limits: {
    timeoutMs: true,
    maxConcurrent: true,
    maxConcurrentPerPrincipal: true,
  } satisfies OptionsOf<McpToolLimits>,
  listed: true,
  _meta: true,
  route: {
    body: true,
    headers: true,
    maxBytes: true,
  } satisfies OptionsOf<McpRouteOptions>,
} as const satisfies OptionsOf<McpToolOptions & McpRouteToolOptions>;

/** `@McpTool()`, for the checks of its use. */
export const TOOL = { name: '@McpTool', key: ToolMetadata.KEY, options: TOOL_OPTIONS } as const;

/**
 * Options of `@McpTool()` on a route handler of a controller, which take the place of
 * {@link McpToolOptions} where `route` is given. The signature of the handler is that of its route.
 */
export type McpRouteToolOptions = Omit<McpToolOptions, 'description' | 'route'> & {
  /** Default: that of `@ApiOperation()` of @nestjs/swagger. */
  readonly description?: string;
  readonly route: McpRouteOptions;
};
