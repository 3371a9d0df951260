import { Reflector } from '@nestjs/core';
import { InputPipe, type McpSchema, type Validated } from './schema.js';
import { assertMethod, markHandler } from './mark-handler.js';
import type { Icon } from '@modelcontextprotocol/server';

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

/** What `@McpPrompt()` says about a method. */
export interface McpPromptOptions<I extends McpSchema | undefined = McpSchema | undefined> {
  /** Name on the wire. Default: the name of the method. */
  readonly name?: string;
  /** For people. */
  readonly title?: string;
  readonly description?: string;
  /**
   * Schema of the arguments: an object whose fields take text, as that is what clients send. The
   * method receives what it validates to.
   */
  readonly input?: I;
  readonly icons?: readonly Icon[];
  /** Passed through to the client as it is. */
  readonly _meta?: Readonly<Record<string, unknown>>;
}

/** What `@McpCompletion()` completes: an argument of a prompt, or a variable of a template. */
export type McpCompletionOptions =
  | { readonly prompt: string; readonly argument: string }
  | { readonly uriTemplate: string; readonly variable: string };

/** What a completion method gets. */
export interface CompletionInput {
  /** What the user has typed so far. */
  readonly value: string;
  /** The other arguments or variables, as far as they are known. */
  readonly arguments: Readonly<Record<string, string>>;
}
