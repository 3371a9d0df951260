// Reads JSON that is not known to be a seed.

/** The paths of live keys, at any depth. */
export function liveKeys(value: unknown, path: string): readonly string[] {
  if (typeof value === 'string') return /[sp]k_live_\w/.test(value) ? [path] : [];
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, index) => liveKeys(item, `${path}[${index}]`));
  }
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    liveKeys(member, path === '' ? name : `${path}.${name}`),
  );
}

/** The sections that have more entries than a store keeps, as problems. */
export function tooLong(
  seed: Readonly<Record<string, unknown>>,
  maxEntries: number,
): readonly string[] {
  return Object.entries(seed).flatMap(([section, content]) => {
    const { length } = list(content);
    if (length <= maxEntries) return [];
    return `${section}: ${length} entries, and a store keeps ${maxEntries}. Remove some, or raise maxEntries.`;
  });
}

/** A name from the seed, for a message: never a key or a whole text. */
export function quoted(name: string): string {
  return /^(?:sk|pk|ak|whsec|mt|oat)_/.test(name)
    ? `"${name.slice(0, name.indexOf('_') + 1)}…"`
    : JSON.stringify(name.slice(0, 100));
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
