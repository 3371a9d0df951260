import { isWhollyOwn } from './exact-object.js';

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
