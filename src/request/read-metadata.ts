/**
 * `Reflect.getMetadata()`, which searches the prototypes of a function although for most functions none
 * can have metadata: the start of an application with a thousand handlers reads tens of thousands of keys.
 *
 * @param holder a class or a method
 * @param member name of a member of the class, if the metadata is of that
 */
export function readMetadata<T>(key: string, holder: object, member?: string): T | undefined {
  const read = mayInherit(holder) ? Reflect.getMetadata : Reflect.getOwnMetadata;
  return member === undefined ? read(key, holder) : read(key, holder, member);
}

/** A class that extends another one inherits, and a function that was given another one as its prototype. */
function mayInherit(holder: object): boolean {
  if (typeof holder !== 'function') return true;
  const prototype: unknown = Object.getPrototypeOf(holder);
  return typeof prototype === 'function' && prototype !== Function.prototype;
}
