import { Reflector } from '@nestjs/core';
import { InputPipe } from '../invocation/input.pipe.js';
import { assertMethod } from './assert-method.js';
import { markHandler } from './mark-handler.js';
import type { McpPromptOptions } from './prompt-options.js';
import type { McpSchema, Validated } from './schema.js';

/**
 * Makes a method of a provider an MCP prompt. It gets `(arguments, context)` and returns text, messages
 * or a whole `GetPromptResult`. Protected unless it says `@Public()`.
 *
 * @example
 * ```ts
 * @McpPrompt({ description: 'Reviews code', input: z.object({ code: z.string() }) })
 * review({ code }: { code: string }) {
 *   return `Review this:\n\n${code}`;
 * }
 * ```
 */
export function McpPrompt<I extends McpSchema | undefined = undefined>(
  options: McpPromptOptions<I>,
) {
  return <M extends PromptMethod<I>>(
    prototype: object,
    method: string,
    descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    assertMethod('@McpPrompt()', options, [prototype, method, descriptor]);
    PromptMetadata(options)(prototype, method, descriptor);
    const { name = method, input } = options;
    markHandler(prototype, method, input && new InputPipe(name, input));
  };
}

/** Holds the options of a prompt on its method. */
export const PromptMetadata = Reflector.createDecorator<McpPromptOptions>({
  key: 'nestjs-clerk-mcp:prompt',
});

type PromptMethod<I> = (
  ...parameters: I extends McpSchema ? [input: Validated<I>, ...rest: never[]] : never[]
) => unknown;
