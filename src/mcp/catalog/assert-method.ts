import { InvalidHandlerError } from './invalid-handler.error.js';

/**
 * What carries a decorator of ours must be a method that Nest can call on an instance. The types say so
 * too; they do not reach code that is not type-checked, and not static methods.
 *
 * @param decorator for the message, such as `@McpTool()`
 * @throws {InvalidHandlerError}
 */
export function assertMethod(
  decorator: string,
  options: unknown,
  [target, key, descriptor]: readonly [object, string | symbol, PropertyDescriptor | undefined],
): void {
  const isStatic = typeof target === 'function';
  const type = isStatic ? target : target.constructor;
  const source = `${type.name}.${String(key)}`;
  if (isStatic) {
    throw new InvalidHandlerError(
      source,
      'it is static, and Nest calls methods of instances. Take the word static away.',
    );
  }
  if (typeof key === 'symbol') {
    throw new InvalidHandlerError(source, 'its name is a symbol. Give the method a name.');
  }
  if (typeof descriptor?.value !== 'function') {
    throw new InvalidHandlerError(
      source,
      `it is a property or an accessor. Write it as a method: ${key}(input) { … }.`,
    );
  }
  if (typeof options !== 'object' || options === null) {
    throw new InvalidHandlerError(
      source,
      `${decorator} has no options. Say at least ${decorator.replace('()', "({ description: '…' })")}.`,
    );
  }
}
