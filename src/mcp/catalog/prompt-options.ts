import type { Icon } from '@modelcontextprotocol/server';
import type { McpSchema } from './schema.js';

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
