import { Reflector } from '@nestjs/core';
import { assertMethod } from './assert-method.js';
import { markHandler } from './mark-handler.js';
import type { McpResourceOptions } from './resource-options.js';

/**
 * Makes a method of a provider an MCP resource. It gets `({ uri }, context)` and returns text, bytes,
 * contents as the protocol has them, or any JSON value. Protected unless it says `@Public()`.
 *
 * @example
 * ```ts
 * @McpResource({ uri: 'config://app', mimeType: 'application/json' })
 * config() {
 *   return { theme: 'dark' };
 * }
 * ```
 */
export function McpResource(options: McpResourceOptions) {
  return <M extends (input: { uri: string }, ...rest: never[]) => unknown>(
    prototype: object,
    method: string,
    descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    assertMethod('@McpResource()', options, [prototype, method, descriptor]);
    ResourceMetadata(options)(prototype, method, descriptor);
    markHandler(prototype, method, undefined);
  };
}

/** Holds the options of a resource on its method. */
export const ResourceMetadata = Reflector.createDecorator<McpResourceOptions>({
  key: 'nestjs-clerk-mcp:resource',
});
