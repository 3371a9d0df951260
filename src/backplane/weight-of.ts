import { hash } from 'node:crypto';

/**
 * The approximate memory of a JSON value, in bytes, for caches with a limit in bytes. It stops counting at
 * 1 GiB, which is more than any of them holds.
 */
export function weightOf(value: unknown): number {
  let bytes = 0;
  const left = [value];
  // The limit also ends the loop for a circular value.
  while (left.length > 0 && bytes < MAX_BYTES) {
    const one = left.pop();
    if (typeof one === 'string') bytes += 2 * one.length;
    if (typeof one !== 'object' || one === null) continue;
    bytes += BYTES_OF_OBJECT;
    if (Array.isArray(one)) {
      bytes += BYTES_OF_MEMBER * one.length;
      for (const member of one) left.push(member);
      continue;
    }
    for (const name of Object.keys(one)) {
      bytes += BYTES_OF_MEMBER + 2 * name.length;
      left.push(Reflect.get(one, name));
    }
  }
  return bytes;
}

const MAX_BYTES = 2 ** 30;
const BYTES_OF_OBJECT = 56;
const BYTES_OF_MEMBER = 16;

/** A key of bounded length: a long key is replaced by its digest. */
export function shortKey(key: string): string {
  return key.length <= MAX_KEY_LENGTH ? key : hash('sha256', key, 'base64url');
}

/** Characters. */
const MAX_KEY_LENGTH = 200;
