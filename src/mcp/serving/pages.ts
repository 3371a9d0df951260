import { createHash } from 'node:crypto';
import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import type { CatalogEntry } from '../catalog/catalog-entry.js';

/** One page of a list, and where the next one starts. */
export interface Page<E> {
  readonly entries: readonly E[];
  readonly nextCursor?: string;
}

/**
 * Cuts a page out of an ordered list. The cursor names the last entry that was seen, so that it stays
 * good while entries come and go.
 *
 * @param list which list it is: a cursor is good for the list that it came from
 * @throws {ProtocolError} -32602 for a cursor that is none of ours
 */
export function pageOf<E extends CatalogEntry>(
  list: string,
  entries: readonly E[],
  cursor: string | undefined,
  size: number,
): Page<E> {
  const after = cursor === undefined ? undefined : decode(list, cursor);
  const rest = after === undefined ? entries : entries.filter(({ key }) => key > after);
  const page = rest.slice(0, size);
  const last = page.at(-1);
  if (!last || page.length === rest.length) return { entries: page };
  return { entries: page, nextCursor: encode(list, last.key) };
}

/** The sum tells a mangled cursor. It is no signature: a forged one shows what its caller may see. */
function encode(list: string, key: string): string {
  const sum = createHash('sha256').update(`${list}:${key}`).digest('base64url').slice(0, 8);
  return `${Buffer.from(key).toString('base64url')}.${sum}`;
}

function decode(list: string, cursor: string): string {
  const [text = ''] = cursor.split('.');
  const key = Buffer.from(text, 'base64url').toString();
  if (encode(list, key) === cursor) return key;
  throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'Unknown cursor.');
}
