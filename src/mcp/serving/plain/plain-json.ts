import { SERVER_INFO_META_KEY, type CallToolResult } from '@modelcontextprotocol/server';
import { StructuredResult } from '../../invocation/structured-result.js';
import type { PlainRequest } from './plain-request.js';

/** Writes answers, byte for byte as the SDK writes them. */
export class PlainJson {
  /** The last member of a result of 2026-07-28. */
  private readonly meta: string;

  constructor(serverInfo: object) {
    this.meta = `,"_meta":${JSON.stringify({ [SERVER_INFO_META_KEY]: serverInfo })}`;
  }

  /** An answer up to its id, which is all that differs between two requests for the same. */
  answerUpToId(
    era: PlainRequest['era'],
    members: string,
    hint?: { readonly ttlMs: number; readonly cacheScope: string },
  ): string {
    const cache = hint ? `,"ttlMs":${hint.ttlMs},"cacheScope":"${hint.cacheScope}"` : '';
    const end = era === 'modern' ? `,"resultType":"complete"${cache}${this.meta}` : '';
    return `{"result":{${members}${end}},"jsonrpc":"2.0","id":`;
  }

  /** The answer with the result of a tool; `undefined` for one that is not plain. */
  toolAnswer({ era, id }: PlainRequest, result: unknown): string | undefined {
    const members = toolMembers(result);
    if (members === undefined) return undefined;
    return `${this.answerUpToId(era, members)}${JSON.stringify(id)}}`;
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
