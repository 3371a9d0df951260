import type {
  CallToolResult,
  GetPromptResult,
  ReadResourceResult,
} from '@modelcontextprotocol/client';
import { ToolFailedError } from './tool-failed.error.js';

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
