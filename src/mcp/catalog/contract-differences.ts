import { isDeepStrictEqual } from 'node:util';

/**
 * Lists the differences of two values by path. Entries of lists match by name; key order is ignored.
 *
 * @param path of both values
 */
export function differences(reviewed: unknown, now: unknown, path = ''): readonly string[] {
  if (isDeepStrictEqual(reviewed, now)) return [];
  const [before, after] = [membersOf(reviewed), membersOf(now)];
  if (!before || !after) return [`${path}: ${show(reviewed)} is now ${show(now)}`];
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  return keys.flatMap((key) => {
    const at = path === '' ? key : `${path}.${key}`;
    if (!before.has(key)) return [`${at}: is new`];
    if (!after.has(key)) return [`${at}: is gone`];
    return differences(before.get(key), after.get(key), at);
  });
}

function membersOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (Array.isArray(value)) {
    const names = value.map((entry, index) => nameOf(entry) ?? String(index));
    return new Map(value.map((entry: unknown, index) => [names[index] ?? '', entry]));
  }
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : undefined;
}

/** The name of an entry of a contract. */
export function nameOf(entry: unknown): string | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  for (const key of ['uri', 'uriTemplate', 'name', 'key', 'path']) {
    const value: unknown = Reflect.get(entry, key);
    if (typeof value === 'string') return value;
  }
  return undefined;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
