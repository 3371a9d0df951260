import { PROGRESS_TOKEN, RESERVED } from './envelope-keys.js';

/**
 * Whether an object is nothing but its members: no class, no accessor of a prototype, nothing hidden,
 * no `__proto__`. The SDK copies objects, and JSON may ask them; of such a one both make the same.
 */
export function isWhollyOwn(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  for (const key of Reflect.ownKeys(value)) {
    if (typeof key !== 'string' || key === '__proto__' || key === 'toJSON') return false;
    if (!Object.prototype.propertyIsEnumerable.call(value, key)) return false;
  }
  return true;
}

/** Whether `_meta` of a result has no key of the protocol, for which the SDK has a schema. */
export function isOwnMeta(meta: unknown): meta is Readonly<Record<string, unknown>> {
  if (!isWhollyOwn(meta)) return false;
  for (const key in meta) if (key === PROGRESS_TOKEN || key.startsWith(RESERVED)) return false;
  return true;
}
