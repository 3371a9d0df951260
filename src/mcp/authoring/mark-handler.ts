import { Reflector } from '@nestjs/core';
import { bareDecoratorAt } from '../../request/bare-decorator.js';
import { optionProblem, type OptionTable, type OtherNames } from '../../request/known-options.js';
import { InvalidHandlerError } from '../mcp.errors.js';
import { ENTRY_PROVIDER_WATERMARK, bindHandlerParameters } from '../nest-internals.js';

/**
 * Marks a class with handlers, so that the catalog discovers its providers. Not made with
 * `DiscoveryService.createDecorator()`: Nest would then search all marked classes for each provider.
 */
export const McpHandlerHost = Reflector.createDecorator<true>({ key: 'nestjs-clerk-mcp:host' });

/** Marks a method as a handler, and binds its parameters. */
export function markHandler(prototype: object, method: string): void {
  McpHandlerHost(true)(prototype.constructor);
  // Nest runs request-scoped and transient `APP_*` enhancers for entry providers only.
  Reflect.defineMetadata(ENTRY_PROVIDER_WATERMARK, true, prototype.constructor);
  bindHandlerParameters(prototype.constructor, method);
}

/**
 * Marks a method that overrides an entry of its base class and shall not be an entry itself. Without it,
 * such a method needs a decorator of its own, or the boot stops.
 *
 * @example
 * ```ts
 * @McpOmit()
 * override purge() { … }
 * ```
 */
export function McpOmit() {
  if (arguments.length > 0) {
    throw new InvalidHandlerError(
      bareDecoratorAt(arguments) ?? 'A method',
      '@McpOmit has no parentheses. Write @McpOmit().',
    );
  }
  return (_prototype: object, _method: string, { value }: PropertyDescriptor): void => {
    if (typeof value === 'function') Reflect.defineMetadata(OMITTED, true, value);
  };
}

/** Whether a method has `@McpOmit()`. */
export function isOmitted(method: object): boolean {
  return Reflect.hasOwnMetadata(OMITTED, method);
}

const OMITTED = 'nestjs-clerk-mcp:omitted';

/** A decorator of an entry, for the checks of its use. */
export interface EntryDecorator {
  /** Such as `@McpTool`. */
  readonly name: string;
  /** Key of the metadata that it writes on the method. */
  readonly key: string;
  readonly options: OptionTable;
}

/**
 * Checks that a decorator is written with parentheses. Without them, TypeScript passes the prototype
 * as the options, and the method would be replaced by a function.
 *
 * @param args that the function of the decorator got
 * @throws {InvalidHandlerError}
 */
export function assertParentheses({ name }: EntryDecorator, args: ArrayLike<unknown>): void {
  const place = bareDecoratorAt(args);
  if (place === undefined) return;
  throw new InvalidHandlerError(
    place,
    `${name} has no parentheses and no options. Write ${name}({ … }).`,
  );
}

/**
 * Checks that a decorator is on an instance method, once, with options that exist. The types require
 * this, too, but do not cover static methods and code that is not type-checked.
 *
 * @throws {InvalidHandlerError}
 */
export function assertMethod(
  { name, key: metadataKey, options: known }: EntryDecorator,
  options: unknown,
  [target, key, descriptor]: readonly [object, string | symbol, PropertyDescriptor | undefined],
): void {
  const isStatic = typeof target === 'function';
  const type = isStatic ? target : target.constructor;
  const source = `${type.name}.${String(key)}`;
  if (isStatic) {
    throw new InvalidHandlerError(
      source,
      'it is static, but Nest calls methods of instances. Remove the keyword static.',
    );
  }
  if (typeof key === 'symbol') {
    throw new InvalidHandlerError(source, 'its name is a symbol. Give the method a name.');
  }
  const method: unknown = descriptor?.value;
  if (typeof method !== 'function') {
    throw new InvalidHandlerError(
      source,
      `it is a property or an accessor. Write it as a method: ${key}(input) { … }.`,
    );
  }
  if (typeof options !== 'object' || options === null) {
    throw new InvalidHandlerError(
      source,
      `${name}() has no options. Give at least ${name}({ description: '…' }).`,
    );
  }
  if (Reflect.hasOwnMetadata(metadataKey, method)) {
    throw new InvalidHandlerError(
      source,
      `it has ${name}() twice, and only one of them could be served. Give each entry a method of its own.`,
    );
  }
  assertOptions(source, name, options, known);
}

/**
 * Checks that the options of an entry exist.
 *
 * @param access how the entry gets its access rule, for those who look for an option
 * @throws {InvalidHandlerError}
 */
export function assertOptions(
  source: string,
  name: string,
  options: object,
  known: OptionTable,
  access: OtherNames = ACCESS_NAMES,
): void {
  const problem = optionProblem(options, known, { ...OTHER_NAMES, ...access });
  if (problem === undefined) return;
  throw new InvalidHandlerError(source, `${name}() has the ${problem}`);
}

/** What to write for names that other libraries use. */
const OTHER_NAMES: OtherNames = {
  parameters: '`input`',
  inputSchema: '`input`',
  schema: '`input`',
  args: '`input`',
  arguments: '`input`',
  argsSchema: '`input`',
  outputSchema: '`output`',
  outputFormat: '`output`',
  uri: '`uriTemplate`',
  template: '`uriTemplate`',
};

const ACCESS_NAMES: OtherNames = {
  guard: '`@UseGuards()` on the method',
  guards: '`@UseGuards()` on the method',
  scope: '`@RequireScopes()` on the method',
  scopes: '`@RequireScopes()` on the method',
  role: '`@RequireRole()` on the method',
  roles: '`@RequireRole()` on the method',
  public: '`@Public()` on the method',
  access: 'an access decorator on the method, such as `@RequireScopes()`',
};
