/** An object with this member where the value is text, and without it where it is not: to be spread. */
export function textMember<K extends string>(key: K, value: unknown): Partial<Record<K, string>> {
  // One computed key of type K, which TypeScript widens to string.
  return typeof value === 'string' ? ({ [key]: value } as Record<K, string>) : {};
}
