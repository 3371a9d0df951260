import type {
  CallToolResult,
  GetPromptResult,
  ReadResourceResult,
} from '@modelcontextprotocol/client';
import { ToolFailedError } from '../testing.errors.js';

/** Result of a tool call. */
export class ToolResult<Output = unknown> {
  readonly content: CallToolResult['content'];
  /** The structured content, if there is any. */
  readonly structuredContent: CallToolResult['structuredContent'];
  /** Whether the result is a tool error. */
  readonly isError: boolean;
  /** The text blocks, joined by line feeds. */
  readonly text: string;

  constructor(
    private readonly tool: string,
    /** The result as the client returned it. */
    readonly raw: CallToolResult,
  ) {
    this.content = raw.content;
    this.structuredContent = raw.structuredContent;
    this.isError = raw.isError === true;
    this.text = textOf(raw.content);
  }

  /**
   * Output of the tool: the structured content, or the text if there is none.
   *
   * @throws {ToolFailedError} the result is a tool error
   */
  get output(): Output {
    if (this.isError) throw new ToolFailedError(this.tool, this.text);
    // The type comes from the method of the tool or from the type argument of the call.
    return (this.structuredContent ?? this.text) as Output;
  }
}

/** Contents of a resource. */
export class ResourceResult {
  readonly contents: ReadResourceResult['contents'];
  /** The texts, joined by line feeds. */
  readonly text: string;

  constructor(
    /** The result as the client returned it. */
    readonly raw: ReadResourceResult,
  ) {
    this.contents = raw.contents;
    this.text = raw.contents.flatMap((part) => ('text' in part ? [part.text] : [])).join('\n');
  }

  /** The text, parsed as JSON. */
  json<T = unknown>(): T {
    // The type argument of the call says what the JSON is.
    return JSON.parse(this.text) as T;
  }
}

/** Messages of a prompt. */
export class PromptResult {
  readonly description: string | undefined;
  readonly messages: GetPromptResult['messages'];
  /** The texts of the messages, joined by line feeds. */
  readonly text: string;

  constructor(
    /** The result as the client returned it. */
    readonly raw: GetPromptResult,
  ) {
    this.description = raw.description;
    this.messages = raw.messages;
    this.text = textOf(raw.messages.map(({ content }) => content));
  }
}

function textOf(blocks: readonly { readonly type: string; readonly text?: unknown }[]): string {
  return blocks
    .flatMap(({ type, text }) => (type === 'text' && typeof text === 'string' ? [text] : []))
    .join('\n');
}

/** Arguments of a tool, by name. */
export type Arguments = Readonly<Record<string, unknown>>;

/** Names of the methods of a class. */
export type MethodName<T> = {
  [K in keyof T]-?: T[K] extends (...args: never[]) => unknown ? K : never;
}[keyof T] &
  string;

type Method<T, M extends keyof T> = T[M] extends (...args: infer A) => infer R
  ? { readonly args: A; readonly result: R }
  : never;

/** Input parameters of a tool method: optional if the method takes none. */
export type InputOf<T, M extends keyof T> = Method<T, M>['args'] extends readonly []
  ? [input?: Record<string, never>]
  : [input: Method<T, M>['args'][0]];

/** Output of a tool method, without the `input_required` results in which it asks the user. */
export type OutputOf<T, M extends keyof T> = Exclude<
  Awaited<Method<T, M>['result']>,
  { readonly resultType: 'input_required' }
>;

const VISIBILITY = new WeakMap<object, () => Promise<boolean>>();

/** Records how to check whether the entry of a result or an error is listed to its caller. */
export function noteVisibility(answer: object, isListed: () => Promise<boolean>): void {
  VISIBILITY.set(answer, isListed);
}

/**
 * Whether the entry of a result or an error is listed to the caller who received it. A caller may use
 * every listed entry, so an error of an entry that is not listed is a refusal.
 *
 * @returns `undefined` for a value that {@link noteVisibility} has not recorded
 */
export async function isListedToCaller(answer: object): Promise<boolean | undefined> {
  return VISIBILITY.get(answer)?.();
}
