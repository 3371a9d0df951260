/** Gives a member of an object a value that is made when it is first read, and kept. */
export function defineLazily<T extends object, K extends keyof T & string>(
  target: T,
  key: K,
  make: () => T[K],
): void {
  Object.defineProperty(target, key, {
    configurable: true,
    enumerable: true,
    get: () => {
      const value = make();
      Object.defineProperty(target, key, { configurable: true, enumerable: true, value });
      return value;
    },
  });
}
