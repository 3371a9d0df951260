import type {
  CallToolResult,
  GetPromptResult,
  ReadResourceResult,
} from '@modelcontextprotocol/client';
import { ToolFailedError } from '../testing.errors.js';

/** What a tool answered. */
export class ToolResult<Output = unknown> {
  readonly content: CallToolResult['content'];
  /** The structured part, where there is one. */
  readonly structuredContent: CallToolResult['structuredContent'];
  /** Whether the tool answered an error. */
  readonly isError: boolean;
  /** The text blocks, joined by line feeds. */
  readonly text: string;

  constructor(
    private readonly tool: string,
    /** The result as it came. */
    readonly raw: CallToolResult,
  ) {
    this.content = raw.content;
    this.structuredContent = raw.structuredContent;
    this.isError = raw.isError === true;
    this.text = textOf(raw.content);
  }

  /**
   * What the tool returned: the structured content, else the text.
   *
   * @throws {ToolFailedError} the tool answered an error
   */
  get output(): Output {
    if (this.isError) throw new ToolFailedError(this.tool, this.text);
    // The caller says what the tool returns, or takes the type from its method.
    return (this.structuredContent ?? this.text) as Output;
  }
}

/** What a resource holds. */
export class ResourceResult {
  readonly contents: ReadResourceResult['contents'];
  /** The texts, joined by line feeds. */
  readonly text: string;

  constructor(
    /** The result as it came. */
    readonly raw: ReadResourceResult,
  ) {
    this.contents = raw.contents;
    this.text = raw.contents.flatMap((part) => ('text' in part ? [part.text] : [])).join('\n');
  }

  /** The text, read as JSON. */
  json<T = unknown>(): T {
    // The caller says what is in it.
    return JSON.parse(this.text) as T;
  }
}

/** What a prompt says. */
export class PromptResult {
  readonly description: string | undefined;
  readonly messages: GetPromptResult['messages'];
  /** The texts of the messages, joined by line feeds. */
  readonly text: string;

  constructor(
    /** The result as it came. */
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

/** What goes into the method: nothing where it takes nothing. */
export type InputOf<T, M extends keyof T> = Method<T, M>['args'] extends readonly []
  ? [input?: Record<string, never>]
  : [input: Method<T, M>['args'][0]];

/** What comes out of the method, without the questions that it may ask meanwhile. */
export type OutputOf<T, M extends keyof T> = Exclude<
  Awaited<Method<T, M>['result']>,
  { readonly resultType: 'input_required' }
>;

const VISIBILITY = new WeakMap<object, () => Promise<boolean>>();

/** Notes how to find out whether the entry behind a result or an error is listed to its caller. */
export function noteVisibility(answer: object, isListed: () => Promise<boolean>): void {
  VISIBILITY.set(answer, isListed);
}

/**
 * Whether the entry that gave an answer is listed to the caller who got it. What is listed may be
 * used, so an error of something that is not listed is a refusal.
 *
 * @returns `undefined` for anything else than an answer
 */
export async function isListedToCaller(answer: object): Promise<boolean | undefined> {
  return VISIBILITY.get(answer)?.();
}
