/**
 * The place of a decorator that is written without parentheses: TypeScript then calls the function that
 * should create the decorator with the class or the method.
 *
 * @param args what that function got
 * @param takesClass whether it also takes a class as an argument
 * @returns such as `NotesTools.list`; `undefined` if the function was called as it should be
 */
export function bareDecoratorAt(args: ArrayLike<unknown>, takesClass = false): string | undefined {
  const [target, key] = Array.from(args);
  if (args.length === 1) {
    return typeof target === 'function' && !takesClass ? nameOf(target) : undefined;
  }
  const isKey = typeof key === 'string' || typeof key === 'symbol' || key === undefined;
  if (args.length > 3 || !isKey) return undefined;
  const type = typeof target === 'function' ? target : constructorOf(target);
  return type && `${nameOf(type)}${key === undefined ? '' : `.${String(key)}`}`;
}

function nameOf(type: Function): string {
  return type.name || 'A class without a name';
}

/** The class of a prototype. Options and other values have no constructor of their own. */
function constructorOf(target: unknown): Function | undefined {
  if (typeof target !== 'object' || target === null) return undefined;
  if (!Object.hasOwn(target, 'constructor')) return undefined;
  const type: unknown = Reflect.get(target, 'constructor');
  return typeof type === 'function' ? type : undefined;
}
