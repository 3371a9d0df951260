import { isSpecType } from '@modelcontextprotocol/server';
import { isJsonObject, type JsonObject } from '../../request/json-object.js';
import { UnsendableResultError } from './invocation.errors.js';

/**
 * Refuses content blocks that are almost valid, such as an image without `mimeType`: as a value of
 * the application, they would be sent as text, with all of their base64.
 *
 * @param returned a list, or an object with a list named `content`, that is not valid content
 * @throws {UnsendableResultError}
 */
export function assertNoBrokenBlock(source: string, returned: unknown): void {
  const isList = Array.isArray(returned);
  const blocks = isList || !isJsonObject(returned) ? returned : returned['content'];
  if (!Array.isArray(blocks)) return;
  const at = blocks.findIndex(
    (block: unknown) => hasBytes(block) && !isSpecType.ContentBlock(block),
  );
  if (at === -1) return;
  const { type, mimeType } = blocks[at] as JsonObject;
  const problem =
    type !== 'resource' && typeof mimeType !== 'string'
      ? `has no mimeType. Write { type: '${String(type)}', data, mimeType: '${String(type)}/…' }.`
      : 'is not valid. Compare it with the content types of the specification.';
  throw new UnsendableResultError(
    source,
    `${isList ? '' : 'content'}[${at}]`,
    `a content block of the type ${String(type)} that ${problem}`,
  );
}

/** Whether a value has the type and the bytes of a content block. */
function hasBytes(block: unknown): boolean {
  if (!isJsonObject(block)) return false;
  const { type, data, resource } = block;
  if (type === 'image' || type === 'audio') return data !== undefined;
  return type === 'resource' && isJsonObject(resource) && resource['blob'] !== undefined;
}
