import type { Prompt } from '@modelcontextprotocol/server';
import { accessRuleOf } from '../../access/access.decorators.js';
import { throwProtocolFailure } from '../invocation/handler-failure.js';
import type { HandlerPipelineFactory } from '../invocation/handler-pipeline.factory.js';
import { toPromptResult } from '../invocation/prompt-result.js';
import { isJsonObject } from '../json-object.js';
import { textMember } from '../text-member.js';
import type { CatalogPrompt } from './catalog-entry.js';
import { assertName, assertServable, objectSchemaOf, sourceOf } from './handler-checks.js';
import type { DiscoveredHandler } from './handler-discovery.js';
import type { McpSchema } from './schema.js';

/** @throws {InvalidHandlerError} @throws {UnboundEnhancerError} */
export function compilePrompt(
  handler: DiscoveredHandler & { readonly kind: 'prompt' },
  pipelines: HandlerPipelineFactory,
): CatalogPrompt {
  const { host, method, options } = handler;
  const { name = method, title, description, input, icons, _meta } = options;
  const source = sourceOf(handler);
  assertName(source, name);
  assertServable(handler);
  return {
    key: name,
    source,
    access: accessRuleOf(host.type, method),
    definition: {
      name,
      ...(title !== undefined && { title }),
      ...(description !== undefined && { description }),
      ...(input && { arguments: argumentsOf(source, input) }),
      ...(icons && { icons: [...icons] }),
      ...(_meta && { _meta }),
    },
    get: pipelines.create(
      { host, method, source },
      {
        toResult: (returned) => toPromptResult(source, description, returned),
        toFailure: (error) => throwProtocolFailure(error),
      },
    ),
  };
}

/** Prompts list their arguments one by one: these are the fields of the schema. */
function argumentsOf(source: string, input: McpSchema): NonNullable<Prompt['arguments']> {
  const { properties, required } = objectSchemaOf(source, input);
  const mandatory = new Set<unknown>(Array.isArray(required) ? required : []);
  return Object.entries(typeof properties === 'object' ? { ...properties } : {}).map(
    ([name, schema]: [string, unknown]) => ({
      name,
      ...textMember('title', isJsonObject(schema) && schema['title']),
      ...textMember('description', isJsonObject(schema) && schema['description']),
      required: mandatory.has(name),
    }),
  );
}
