import type { Icon } from '@modelcontextprotocol/server';
import { Reflector } from '@nestjs/core';
import type { OptionsOf } from '../../request/known-options.js';
import type { McpListed } from './listed.js';
import { assertMethod, assertParentheses, markHandler } from './mark-handler.js';
import type { SchemaSource, Validated } from './schema.js';

/**
 * Makes a method of a provider an MCP prompt. It gets `(arguments, context)` and returns text,
 * messages or a whole `GetPromptResult`. Requires an authenticated caller unless it has
 * `@Public()`.
 *
 * @example
 * ```ts
 * @McpPrompt({ description: 'Reviews code', input: z.object({ code: z.string() }) })
 * review({ code }: { code: string }) {
 *   return `Review this:\n\n${code}`;
 * }
 * ```
 */
export function McpPrompt<I extends SchemaSource | undefined = undefined>(
  options: McpPromptOptions<I>,
) {
  assertParentheses(PROMPT, arguments);
  return <M extends PromptMethod<I>>(
    prototype: object,
    method: string,
    descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    assertMethod(PROMPT, options, [prototype, method, descriptor]);
    PromptMetadata(options)(prototype, method, descriptor);
    markHandler(prototype, method);
  };
}

/** Metadata of a method: the options of its prompt. */
export const PromptMetadata = Reflector.createDecorator<McpPromptOptions>({
  key: 'nestjs-clerk-mcp:prompt',
});

type PromptMethod<I> = (
  ...parameters: I extends SchemaSource ? [input: Validated<I>, ...rest: never[]] : never[]
) => unknown;

/**
 * Makes a method complete an argument of a prompt, or a variable of a resource template. It gets
 * `({ value, arguments }, context)` and returns the candidates, best first; clients get 100 at
 * most. Callers who may not use the prompt or the template get none.
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
  assertParentheses(COMPLETION, arguments);
  return <M extends (input: CompletionInput, ...rest: never[]) => Candidates>(
    prototype: object,
    method: string,
    descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    assertMethod(COMPLETION, options, [prototype, method, descriptor]);
    CompletionMetadata(options)(prototype, method, descriptor);
    markHandler(prototype, method);
  };
}

/** Metadata of a method: the options of its completion. */
export const CompletionMetadata = Reflector.createDecorator<McpCompletionOptions>({
  key: 'nestjs-clerk-mcp:completion',
});

type Candidates = readonly string[] | Promise<readonly string[]>;

/** Options of `@McpPrompt()`. */
export interface McpPromptOptions<I extends SchemaSource | undefined = SchemaSource | undefined> {
  /** Name on the wire, 1 to 256 characters. Default: the name of the method. */
  readonly name?: string;
  /** For people. */
  readonly title?: string;
  /** For people and the model: what the prompt is for. */
  readonly description?: string;
  /**
   * Schema of the arguments, of the same kinds as for `@McpTool()`: one object whose fields accept
   * text, since clients send text. The method gets the validated output.
   */
  readonly input?: I;
  /** Pictures of the prompt that a client may show. */
  readonly icons?: readonly Icon[];
  /**
   * Who sees it in lists before signing in, where the server offers a sign-in. Default: `offered`.
   */
  readonly listed?: McpListed;
  /** Sent to the client unchanged. */
  readonly _meta?: Readonly<Record<string, unknown>>;
}

/** Options of `@McpCompletion()`: an argument of a prompt, or a variable of a template. */
export type McpCompletionOptions =
  | { readonly prompt: string; readonly argument: string }
  | { readonly uriTemplate: string; readonly variable: string };

/** The input of a completion method. */
export interface CompletionInput {
  /** The text that the user has typed so far. */
  readonly value: string;
  /** The other arguments or variables that are known. */
  readonly arguments: Readonly<Record<string, string>>;
}

const PROMPT_OPTIONS = {
  name: true,
  title: true,
  description: true,
  input: true,
  icons: true,
  listed: true,
  _meta: true,
} as const satisfies OptionsOf<McpPromptOptions>;

/** `@McpPrompt()`, for the checks of its use. */
export const PROMPT = {
  name: '@McpPrompt',
  key: PromptMetadata.KEY,
  options: PROMPT_OPTIONS,
} as const;

const COMPLETION_OPTIONS = {
  prompt: true,
  argument: true,
  uriTemplate: true,
  variable: true,
} as const satisfies OptionsOf<McpCompletionOptions>;

/** `@McpCompletion()`, for the checks of its use. */
export const COMPLETION = {
  name: '@McpCompletion',
  key: CompletionMetadata.KEY,
  options: COMPLETION_OPTIONS,
} as const;
