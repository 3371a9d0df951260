import { SERVER_INFO_META_KEY, type CallToolResult } from '@modelcontextprotocol/server';
import { StructuredResult } from '../../invocation/structured-result.js';
import type { PlainRequest } from './plain-request.js';

/** Writes answers, byte for byte as the SDK writes them. */
export class PlainJson {
  /** What follows a result of 2026-07-28. */
  private readonly modernEnd: string;

  constructor(serverInfo: object) {
    const meta = JSON.stringify({ [SERVER_INFO_META_KEY]: serverInfo });
    this.modernEnd = `,"resultType":"complete","_meta":${meta}`;
  }

  /** The answer with the result of a tool; `undefined` for one that is not plain. */
  toolAnswer({ era, id }: PlainRequest, result: unknown): string | undefined {
    const members = toolMembers(result);
    if (members === undefined) return undefined;
    const end = era === 'modern' ? this.modernEnd : '';
    return `{"result":{${members}${end}},"jsonrpc":"2.0","id":${JSON.stringify(id)}}`;
  }
}

function toolMembers(result: unknown): string | undefined {
  if (result instanceof StructuredResult) {
    const { json } = result;
    return `"content":[{"type":"text","text":${JSON.stringify(json)}}],"structuredContent":${json}`;
  }
  return isPlainText(result) ? textMembers(result) : undefined;
}

/** The SDK writes the members in this order, whatever order they came in. */
function textMembers({ content, isError }: PlainText): string {
  const blocks = content.map(({ text }) => `{"type":"text","text":${JSON.stringify(text)}}`);
  const end = isError === undefined ? '' : `,"isError":${isError}`;
  return `"content":[${blocks.join(',')}]${end}`;
}

interface PlainText {
  readonly content: readonly { readonly type: 'text'; readonly text: string }[];
  readonly isError?: boolean;
}

/** Blocks of text and nothing more: what the schemas of the SDK would leave as it is. */
function isPlainText(result: unknown): result is PlainText & CallToolResult {
  if (typeof result !== 'object' || result === null) return false;
  for (const key of Reflect.ownKeys(result)) {
    if (key !== 'content' && key !== 'isError') return false;
  }
  const { content, isError } = result as { content?: unknown; isError?: unknown };
  if (isError !== undefined && typeof isError !== 'boolean') return false;
  return Array.isArray(content) && content.every(isTextBlock);
}

function isTextBlock(block: unknown): boolean {
  if (typeof block !== 'object' || block === null) return false;
  const { type, text } = block as { type?: unknown; text?: unknown };
  return type === 'text' && typeof text === 'string' && Object.keys(block).length === 2;
}
