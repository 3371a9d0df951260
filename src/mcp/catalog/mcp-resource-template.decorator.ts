import { Reflector } from '@nestjs/core';
import { InputPipe } from '../invocation/input.pipe.js';
import { assertMethod } from './assert-method.js';
import { markHandler } from './mark-handler.js';
import type { McpResourceTemplateOptions } from './resource-options.js';
import type { McpSchema, Validated } from './schema.js';
import type { TemplateVariables } from './template-variables.js';

/**
 * Makes a method of a provider a family of MCP resources. It gets `(variables, context)`: the variables
 * of the RFC 6570 template, decoded, and validated where there is a schema. `context.uri` is the URI.
 *
 * @example
 * ```ts
 * @McpResourceTemplate({ uriTemplate: 'notes://{id}' })
 * note({ id }: { id: string }) {
 *   return this.notes.find(id);
 * }
 * ```
 */
export function McpResourceTemplate<T extends string, V extends McpSchema | undefined = undefined>(
  options: McpResourceTemplateOptions<V, T>,
) {
  return <M extends TemplateMethod<T, V>>(
    prototype: object,
    method: string,
    descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    assertMethod('@McpResourceTemplate()', options, [prototype, method, descriptor]);
    ResourceTemplateMetadata(options)(prototype, method, descriptor);
    const { uriTemplate, variables } = options;
    markHandler(prototype, method, variables && new InputPipe(uriTemplate, variables));
  };
}

/** Holds the options of a resource template on its method. */
export const ResourceTemplateMetadata = Reflector.createDecorator<McpResourceTemplateOptions>({
  key: 'nestjs-clerk-mcp:resource-template',
});

/** What a method may take: what the schema gives, else the variables that the template names. */
type TemplateMethod<T extends string, V> = (
  variables: V extends McpSchema ? Validated<V> : TemplateVariables<T>,
  ...rest: never[]
) => unknown;
