import { Reflector } from '@nestjs/core';
import { InputPipe } from '../invocation/input.pipe.js';
import { assertMethod } from './assert-method.js';
import { markHandler } from './mark-handler.js';
import type { Accepted, McpSchema, Validated } from './schema.js';
import type { McpToolOptions } from './tool-options.js';

/**
 * Makes a method of a provider an MCP tool. The class is found by itself: no list of tools anywhere.
 *
 * The method gets `(input, context)`. Parameter decorators of Nest, such as `@CurrentUser()`, work
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
