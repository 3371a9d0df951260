import { Injectable } from '@nestjs/common';
import type { Tool } from '@modelcontextprotocol/server';
import { accessRuleOf } from '../../access/access.decorators.js';
import { ToolPipelineFactory } from '../invocation/tool-pipeline.factory.js';
import { assertEnhancersBound } from './bound-enhancers.js';
import type { CatalogTool } from './catalog-tool.js';
import { InvalidToolError } from './invalid-tool.error.js';
import { toJsonSchema, type JsonSchema, type McpSchema } from './schema.js';
import type { DiscoveredTool } from './tool-discovery.js';
import { httpOnlyParameters } from './tool-parameters.js';

/** Turns a discovered method into an entry of the catalog, or stops the boot and says why. */
@Injectable()
export class ToolCompiler {
  constructor(private readonly pipelines: ToolPipelineFactory) {}

  /**
   * @throws {InvalidToolError} a name, schema or signature that cannot be served
   * @throws {UnboundEnhancerError} an enhancer that Nest would skip
   */
  compile({ host, method, options }: DiscoveredTool): CatalogTool {
    const source = `${host.type.name}.${method}`;
    const name = options.name ?? method;
    if (!TOOL_NAME.test(name)) {
      throw new InvalidToolError(
        source,
        `"${name}" is no tool name. Use 1 to 64 of A-Z a-z 0-9 _ - . /`,
      );
    }
    const [httpOnly] = httpOnlyParameters(host.type, method);
    if (httpOnly !== undefined) {
      throw new InvalidToolError(
        source,
        `parameter ${httpOnly + 1} reads an HTTP route, and a tool has none. Take the arguments from the input, and the caller from @CurrentUser() or the context.`,
      );
    }
    assertEnhancersBound(host, method);
    return {
      name,
      source,
      definition: defineTool(source, { ...options, name }),
      access: accessRuleOf(host.type, method),
      call: this.pipelines.create({ host, method, source, output: options.output }),
    };
  }
}

const TOOL_NAME = /^[\w./-]{1,64}$/;

function defineTool(
  source: string,
  options: DiscoveredTool['options'] & { readonly name: string },
): Tool {
  const { name, title, description, input, output, annotations, icons, _meta } = options;
  return {
    name,
    description,
    ...(title !== undefined && { title }),
    inputSchema: input ? objectSchema(source, input) : NO_ARGUMENTS,
    ...(output && { outputSchema: jsonSchema(source, 'output', output) }),
    ...(annotations && { annotations }),
    ...(icons && { icons: [...icons] }),
    ...(_meta && { _meta }),
  };
}

const NO_ARGUMENTS = { type: 'object', properties: {} } satisfies Tool['inputSchema'];

function objectSchema(source: string, schema: McpSchema): Tool['inputSchema'] {
  const json = jsonSchema(source, 'input', schema);
  if (json['type'] === 'object') return { ...json, type: 'object' };
  throw new InvalidToolError(
    source,
    'the arguments of a tool are an object, and its input schema describes something else. Use an object schema, such as z.object({ … }).',
  );
}

function jsonSchema(source: string, side: 'input' | 'output', schema: McpSchema): JsonSchema {
  try {
    return toJsonSchema(schema, side);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidToolError(
      source,
      `its ${side} schema cannot be written as JSON Schema (${reason}). Use types that JSON has, or a schema library with JSON Schema support.`,
      { cause },
    );
  }
}
