/** A JSON object whose members are still to be checked. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object, not `null` or an array. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object with this member if the value is a string, otherwise an empty object. For use with spread. */
export function textMember<K extends string>(key: K, value: unknown): Partial<Record<K, string>> {
  // One computed key of type K, which TypeScript widens to string.
  return typeof value === 'string' ? ({ [key]: value } as Record<K, string>) : {};
}

/** An object without the members that are `undefined`. */
export function omitUndefined<T extends object>(members: T): Defined<T> {
  const kept: Record<string, unknown> = {};
  const given = members as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(given)) {
    const value = given[name];
    // Assigning a claim with this name would replace the prototype.
    if (value !== undefined && name !== '__proto__') kept[name] = value;
  }
  // Only members with a defined value are copied.
  return kept as Defined<T>;
}

type Defined<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};
