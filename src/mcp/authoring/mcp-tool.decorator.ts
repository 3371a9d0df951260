import { Reflector } from '@nestjs/core';
import { InputPipe, type Accepted, type McpSchema, type Validated } from './schema.js';
import { assertMethod, markHandler } from './mark-handler.js';
import type { Icon, ToolAnnotations } from '@modelcontextprotocol/server';
import type { McpToolLimits } from './tool-limits.js';
import type { McpToolTask, TaskSupport } from './task-options.js';

/**
 * Makes a method of a provider an MCP tool. The class is found by itself: no list of tools anywhere.
 *
 * The method gets `(input, context)`. Parameter decorators of Nest, such as `@CurrentPrincipal()`, work
 * beside them: input and context take the parameters that have none, in this order. It returns the
 * value of `output`, or a string, a JSON value, content blocks or a whole `CallToolResult`.
 *
 * The call is protected unless the method or its class says `@Public()`.
 *
 * @example
 * ```ts
 * @McpTool({ description: 'Adds two numbers', input: z.object({ a: z.number(), b: z.number() }) })
 * add({ a, b }: { a: number; b: number }) {
 *   return a + b;
 * }
 * ```
 */
export function McpTool<
  I extends McpSchema | undefined = undefined,
  O extends McpSchema | undefined = undefined,
>(options: McpToolOptions<I, O>) {
  return <M extends ToolMethod<I, O>>(
    prototype: object,
    method: string,
    descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    assertMethod('@McpTool()', options, [prototype, method, descriptor]);
    ToolMetadata(options)(prototype, method, descriptor);
    const { name = method, input } = options;
    markHandler(prototype, method, input && new InputPipe(name, input));
  };
}

/** Holds the options of a tool on its method. */
export const ToolMetadata = Reflector.createDecorator<McpToolOptions>({
  key: 'nestjs-clerk-mcp:tool',
});

/** The method that fits these options; another one does not compile. */
type ToolMethod<I, O> = (
  ...parameters: I extends McpSchema ? [input: Validated<I>, ...rest: never[]] : never[]
) => O extends McpSchema ? Result<Accepted<O>> : unknown;

type Result<T> = T | Promise<T>;

/** What `@McpTool()` says about a method. */
export interface McpToolOptions<
  I extends McpSchema | undefined = McpSchema | undefined,
  O extends McpSchema | undefined = McpSchema | undefined,
> {
  /** The name on the wire, 1 to 64 of `A-Z a-z 0-9 _ - . /`. Default: the name of the method. */
  readonly name?: string;
  /** For people: shown in a list of tools. */
  readonly title?: string;
  /** For the model: what the tool does and when to use it. */
  readonly description: string;
  /** Schema of the arguments, an object. The method receives what it validates to. Default: none. */
  readonly input?: I;
  /** Schema of the result. What the method returns is validated and becomes `structuredContent`. */
  readonly output?: O;
  /** Hints for the client, such as `readOnlyHint`. They are not access control. */
  readonly annotations?: ToolAnnotations;
  readonly icons?: readonly Icon[];
  /**
   * Long work. A client that understands tasks gets one at once and comes back for the result; the
   * handler runs on without it. Default: no task.
   */
  readonly task?: TaskSupport | McpToolTask;
  /** How long a call may take, and how many may run at a time. Default: what `toolLimits` says. */
  readonly limits?: McpToolLimits;
  /** Passed through to the client as it is, such as the `ui` of an MCP App. */
  readonly _meta?: Readonly<Record<string, unknown>>;
}
