import { InvalidHandlerError } from '../mcp.errors.js';
import type { PipeTransform } from '@nestjs/common';
import { ENTRY_PROVIDER_WATERMARK, bindHandlerParameters } from '../nest-internals.js';
import { DiscoveryService } from '@nestjs/core';

/** Tags the class of a handler: the catalog discovers the providers that carry it. */
export const McpHandlerHost = DiscoveryService.createDecorator<true>();

/** Makes a method one that the catalog finds, whatever kind of entry it is. */
export function markHandler(
  prototype: object,
  method: string,
  inputPipe: PipeTransform | undefined,
): void {
  McpHandlerHost()(prototype.constructor);
  // Nest hands request-scoped and transient `APP_*` enhancers to entry providers only.
  Reflect.defineMetadata(ENTRY_PROVIDER_WATERMARK, true, prototype.constructor);
  bindHandlerParameters(prototype.constructor, method, inputPipe);
}

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
