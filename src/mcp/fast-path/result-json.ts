import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  PROTOCOL_VERSION_META_KEY,
} from '@modelcontextprotocol/server';
import { StructuredResult } from '../invocation/tool-result.js';

/** The result of a tool as JSON. */
interface WrittenResult {
  readonly meta?: Readonly<Record<string, unknown>>;
  /** All members except `_meta`, in the order of the SDK. */
  readonly members: string;
}

/**
 * Writes the result of a tool as the SDK would; `undefined` for a result that the SDK must write.
 */
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
  // The SDK writes `_meta` first if the result has that key, even with the value `undefined`.
  if ('_meta' in result && meta === undefined) return undefined;
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

/**
 * Writes a valid content block as the schemas of the SDK do: they order the members and drop
 * unknown ones.
 *
 * @returns `undefined` for a block that the SDK may change
 */
function blockJson(block: unknown): string | undefined {
  if (!isWhollyOwn(block)) return undefined;
  const { type, text } = block;
  if (type === 'text' && typeof text === 'string' && Object.keys(block).length === 2) {
    return `{"type":"text","text":${JSON.stringify(text)}}`;
  }
  const shape = SHAPES.get(type);
  const ordered = shape && inOrder(block, shape);
  return ordered && JSON.stringify(ordered);
}

/** The members of a schema in its order, with the shape of those that are objects. */
type Shape = readonly (readonly [name: string, shape?: Shape | 'record'])[];

function inOrder(
  value: Readonly<Record<string, unknown>>,
  shape: Shape,
): Record<string, unknown> | undefined {
  const ordered: Record<string, unknown> = {};
  let left = Object.keys(value).length;
  for (const [name, inner] of shape) {
    if (!Object.hasOwn(value, name)) continue;
    left -= 1;
    const member = value[name];
    if (inner === undefined || member === undefined) {
      ordered[name] = member;
      continue;
    }
    if (!isWhollyOwn(member)) return undefined;
    const known = inner === 'record' ? member : inOrder(member, inner);
    if (!known) return undefined;
    ordered[name] = known;
  }
  return left === 0 ? ordered : undefined;
}

const ANNOTATIONS: Shape = [['audience'], ['priority'], ['lastModified']];
const COMMON: Shape = [
  ['annotations', ANNOTATIONS],
  ['_meta', 'record'],
];
const MEDIA: Shape = [['type'], ['data'], ['mimeType'], ...COMMON];
const RESOURCE: Shape = [['uri'], ['mimeType'], ['_meta', 'record']];

const SHAPES: ReadonlyMap<unknown, Shape> = new Map<unknown, Shape>([
  ['text', [['type'], ['text'], ...COMMON]],
  ['image', MEDIA],
  ['audio', MEDIA],
  ['resource', [['type'], ['resource', [...RESOURCE, ['text']]], ...COMMON]],
]);

/**
 * Whether an object is a plain record: no class, no inherited accessor, no hidden member, no
 * `toJSON`, no `__proto__`. Only then a copy by the SDK and the original give the same JSON.
 */
export function isWhollyOwn(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  for (const key of Reflect.ownKeys(value)) {
    if (typeof key !== 'string' || key === '__proto__' || key === 'toJSON') return false;
    if (!Object.prototype.propertyIsEnumerable.call(value, key)) return false;
  }
  return true;
}

/** Whether the `_meta` of a result has no key of the protocol: the SDK has a schema for those. */
export function isOwnMeta(meta: unknown): meta is Readonly<Record<string, unknown>> {
  if (!isWhollyOwn(meta)) return false;
  for (const key in meta) if (key === PROGRESS_TOKEN || key.startsWith(RESERVED)) return false;
  return true;
}

/** The keys of `_meta` that make up the envelope. */
export const ENVELOPE: ReadonlySet<string> = new Set([
  PROTOCOL_VERSION_META_KEY,
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
]);

/** Prefix of the keys of `_meta` that belong to the protocol. */
export const RESERVED = 'io.modelcontextprotocol/';

/** The one key of the protocol without that prefix. */
export const PROGRESS_TOKEN = 'progressToken';
