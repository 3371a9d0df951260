/** The prototypes that declare a method, the class itself first. */
export function ownersOf(prototype: object, method: string): readonly object[] {
  const owners: object[] = [];
  let current: unknown = prototype;
  while (typeof current === 'object' && current !== null) {
    if (Object.hasOwn(current, method)) owners.push(current);
    current = Object.getPrototypeOf(current);
  }
  return owners;
}
