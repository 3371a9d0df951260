import { StructuredResult } from '../invocation/tool-result.js';
import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  PROTOCOL_VERSION_META_KEY,
} from '@modelcontextprotocol/server';

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

/**
 * A content block as the schemas of the SDK leave it, which write the members in an order of their own
 * and drop those that they do not know. That it is a good one has been checked.
 *
 * @returns `undefined` for a block of which the SDK may make another
 */
export function blockJson(block: unknown): string | undefined {
  if (!isWhollyOwn(block)) return undefined;
  const { type, text } = block;
  if (type === 'text' && typeof text === 'string' && Object.keys(block).length === 2) {
    return `{"type":"text","text":${JSON.stringify(text)}}`;
  }
  const shape = SHAPES.get(type);
  const ordered = shape && inOrder(block, shape);
  return ordered && JSON.stringify(ordered);
}

/** A schema as it orders members; those with a shape are objects of that shape. */
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
 * Whether an object is nothing but its members: no class, no accessor of a prototype, nothing hidden,
 * no `__proto__`. The SDK copies objects, and JSON may ask them; of such a one both make the same.
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

/** Whether `_meta` of a result has no key of the protocol, for which the SDK has a schema. */
export function isOwnMeta(meta: unknown): meta is Readonly<Record<string, unknown>> {
  if (!isWhollyOwn(meta)) return false;
  for (const key in meta) if (key === PROGRESS_TOKEN || key.startsWith(RESERVED)) return false;
  return true;
}

/** The revision whose requests have an envelope. */
export const MODERN = '2026-07-28';

/** The keys of `_meta` that are the envelope. */
export const ENVELOPE: ReadonlySet<string> = new Set([
  PROTOCOL_VERSION_META_KEY,
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
]);

/** Keys of `_meta` that belong to the protocol begin with it. */
export const RESERVED = 'io.modelcontextprotocol/';

/** The other one, which is older. */
export const PROGRESS_TOKEN = 'progressToken';
