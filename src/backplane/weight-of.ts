import { hash } from 'node:crypto';

/**
 * About how many bytes of memory a value takes that JSON could hold: what caches with a limit of bytes
 * count by. Of a value that is larger than any of them, it counts the beginning.
 */
export function weightOf(value: unknown): number {
  let bytes = 0;
  let values: readonly unknown[] = [value];
  // A value that holds itself has no end.
  while (values.length > 0 && bytes < MAX_BYTES) {
    const inner: unknown[] = [];
    for (const one of values) {
      if (typeof one === 'string') bytes += 2 * one.length;
      if (typeof one !== 'object' || one === null) continue;
      bytes += BYTES_OF_OBJECT;
      for (const [name, member] of Object.entries(one)) {
        bytes += BYTES_OF_MEMBER + (Array.isArray(one) ? 0 : 2 * name.length);
        inner.push(member);
      }
    }
    values = inner;
  }
  return bytes;
}

const MAX_BYTES = 2 ** 30;
const BYTES_OF_OBJECT = 56;
const BYTES_OF_MEMBER = 16;

/** A key that takes no more than its share, whatever it is made of. */
export function shortKey(key: string): string {
  return key.length <= MAX_KEY_LENGTH ? key : hash('sha256', key, 'base64url');
}

/** Characters. */
const MAX_KEY_LENGTH = 200;
