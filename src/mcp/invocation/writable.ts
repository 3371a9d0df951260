/**
 * The same value, which JSON can write. What it cannot would be found out when the answer is sent, and
 * the client would wait for it for ever.
 *
 * @throws {TypeError} for a bigint or a circle in it
 */
export function writable<T>(value: T): T {
  JSON.stringify(value);
  return value;
}

/** Whether JSON can write a value. */
export function isWritable(value: unknown): boolean {
  try {
    writable(value);
    return true;
  } catch {
    return false;
  }
}
