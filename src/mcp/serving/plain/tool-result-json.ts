import { StructuredResult } from '../../invocation/structured-result.js';
import { blockJson } from './content-json.js';
import { isOwnMeta, isWhollyOwn } from './exact-object.js';

/** A result of a tool as JSON. */
export interface WrittenResult {
  readonly meta?: Readonly<Record<string, unknown>>;
  /** The members but `_meta`, in the order of the SDK. */
  readonly members: string;
}

/** Writes a result of a tool, as the schemas of the SDK leave it; `undefined` for the SDK to do it. */
export function writeToolResult(result: object): WrittenResult | undefined {
  if (result instanceof StructuredResult) {
    const { json } = result;
    return {
      members: `"content":[{"type":"text","text":${JSON.stringify(json)}}],"structuredContent":${json}`,
    };
  }
  if (!isWhollyOwn(result)) return undefined;
  for (const key in result) if (!MEMBERS.has(key)) return undefined;
  const { _meta: meta, content, structuredContent, isError } = result;
  if (isError !== undefined && typeof isError !== 'boolean') return undefined;
  if (structuredContent !== undefined && !isWhollyOwn(structuredContent)) return undefined;
  if (meta !== undefined && !isOwnMeta(meta)) return undefined;
  const blocks = Array.isArray(content) ? content.map(blockJson) : [undefined];
  if (blocks.includes(undefined)) return undefined;
  const structured =
    structuredContent === undefined
      ? ''
      : `,"structuredContent":${JSON.stringify(structuredContent)}`;
  const failed = isError === undefined ? '' : `,"isError":${isError}`;
  const members = `"content":[${blocks.join(',')}]${structured}${failed}`;
  return { members, ...(meta && { meta }) };
}

const MEMBERS: ReadonlySet<string> = new Set(['_meta', 'content', 'structuredContent', 'isError']);
