import { Reflector } from '@nestjs/core';
import { assertMethod } from './assert-method.js';
import { markHandler } from './mark-handler.js';
import type { CompletionInput, McpCompletionOptions } from './prompt-options.js';

/**
 * Makes a method complete an argument of a prompt, or a variable of a resource template. It gets
 * `({ value, arguments }, context)` and returns the candidates, the best first; a client sees 100 at
 * most. Whoever may not use the prompt or the template gets none.
 *
 * @example
 * ```ts
 * @McpCompletion({ prompt: 'review', argument: 'language' })
 * languages({ value }: CompletionInput) {
 *   return LANGUAGES.filter((language) => language.startsWith(value));
 * }
 * ```
 */
export function McpCompletion(options: McpCompletionOptions) {
  return <M extends (input: CompletionInput, ...rest: never[]) => Candidates>(
    prototype: object,
    method: string,
    descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    assertMethod('@McpCompletion()', options, [prototype, method, descriptor]);
    CompletionMetadata(options)(prototype, method, descriptor);
    markHandler(prototype, method, undefined);
  };
}

/** Holds the options of a completion on its method. */
export const CompletionMetadata = Reflector.createDecorator<McpCompletionOptions>({
  key: 'nestjs-clerk-mcp:completion',
});

type Candidates = readonly string[] | Promise<readonly string[]>;
