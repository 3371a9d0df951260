import type { PipeTransform } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { InvalidHandlerError } from '../mcp.errors.js';
import { ENTRY_PROVIDER_WATERMARK, bindHandlerParameters } from '../nest-internals.js';

/** Marks a class with handlers, so that the catalog discovers its providers. */
export const McpHandlerHost = DiscoveryService.createDecorator<true>();

/** Marks a method as a handler, and binds its parameters. */
export function markHandler(
  prototype: object,
  method: string,
  inputPipe: PipeTransform | undefined,
): void {
  McpHandlerHost()(prototype.constructor);
  // Nest runs request-scoped and transient `APP_*` enhancers for entry providers only.
  Reflect.defineMetadata(ENTRY_PROVIDER_WATERMARK, true, prototype.constructor);
  bindHandlerParameters(prototype.constructor, method, inputPipe);
}

/**
 * Checks that a decorator is on an instance method. The types require this, too, but do not cover
 * static methods and code that is not type-checked.
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
      'it is static, but Nest calls methods of instances. Remove the keyword static.',
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
      `${decorator} has no options. Give at least ${decorator.replace('()', "({ description: '…' })")}.`,
    );
  }
}
