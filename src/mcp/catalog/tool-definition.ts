import type { Tool } from '@modelcontextprotocol/server';
import { defineLazily } from './define-lazily.js';
import { jsonSchemaOf, objectSchemaOf } from './handler-checks.js';
import { isDescribableObject } from './is-describable.js';
import type { McpToolOptions } from './tool-options.js';

/** What `tools/list` says of a tool, and what follows from it. */
export interface ToolDefinition {
  /** A schema that is sure to have words is written when somebody first reads it. */
  readonly definition: Tool;
  /** Whether its output is an object, or it says nothing of it. */
  readonly hasObjectOutput: boolean;
  /** Whether a header repeats one of its arguments, as its input schema may say. */
  readonly readsHeaders: () => boolean;
}

/** @throws {InvalidHandlerError} a schema that has no JSON Schema, or an input that is no object */
export function defineTool(
  source: string,
  options: McpToolOptions & { readonly name: string },
): ToolDefinition {
  const { name, title, description, input, output, annotations, icons, _meta } = options;
  const definition: Tool = {
    name,
    description,
    ...(title !== undefined && { title }),
    inputSchema: NO_ARGUMENTS,
    ...(output && { outputSchema: NO_ARGUMENTS }),
    ...(annotations && { annotations }),
    ...(icons && { icons: [...icons] }),
    ...(_meta && { _meta }),
  };
  if (input) {
    const write = () => objectSchemaOf(source, input);
    if (isDescribableObject(input)) defineLazily(definition, 'inputSchema', write);
    else definition.inputSchema = write();
  }
  let hasObjectOutput = true;
  if (output) {
    const write = () => jsonSchemaOf(source, 'output', output);
    if (isDescribableObject(output)) {
      defineLazily(definition, 'outputSchema', write);
    } else {
      definition.outputSchema = write();
      hasObjectOutput = definition.outputSchema['type'] === 'object';
    }
  }
  let readsHeaders: boolean | undefined;
  return {
    definition,
    hasObjectOutput,
    readsHeaders: () =>
      (readsHeaders ??= JSON.stringify(definition.inputSchema).includes('"x-mcp-header"')),
  };
}

const NO_ARGUMENTS = { type: 'object', properties: {} } satisfies Tool['inputSchema'];
