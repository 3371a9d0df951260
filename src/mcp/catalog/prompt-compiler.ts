import type { Prompt } from '@modelcontextprotocol/server';
import { accessRuleOf } from '../../access/access.decorators.js';
import { isJsonObject, textMember } from '../../request/json-object.js';
import type { McpCompletionOptions } from '../authoring/mcp-prompt.decorator.js';
import { InputPipe, type McpSchema } from '../authoring/schema.js';
import { toPromptResult } from '../invocation/content-results.js';
import { throwProtocolFailure } from '../invocation/handler-failure.js';
import { askForPage } from '../invocation/page-required.js';
import type { HandlerPipelineFactory } from '../invocation/handler-pipeline.js';
import { InvalidHandlerError } from '../mcp.errors.js';
import { normalizeTemplate } from '../protocol/normalize-uri.js';
import type { CatalogPrompt, CatalogCompletion, CatalogResourceTemplate } from './catalog-entry.js';
import { assertPromptName, assertServable, objectSchemaOf, sourceOf } from './handler-checks.js';
import { assertTakesText } from './text-arguments.js';
import type { DiscoveredHandler } from './handler-discovery.js';
import type { CompilerParts } from './tool-compiler.js';

/** @throws {InvalidHandlerError} @throws {UnboundEnhancerError} */
export function compilePrompt(
  handler: DiscoveredHandler & { readonly kind: 'prompt' },
  { pipelines, schemas }: CompilerParts,
  maxNameLength: number,
): CatalogPrompt {
  const { host, method, options } = handler;
  const { name = method, title, description, icons, _meta } = options;
  const source = sourceOf(handler);
  assertPromptName(source, name, maxNameLength);
  assertServable(handler);
  const input = options.input && schemas.read(source, 'input', options.input);
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
      { host, method, source, inputPipe: input && new InputPipe(name, input) },
      {
        toResult: (returned) => toPromptResult(source, description, returned),
        toFailure: (error, context) => askForPage(error, context) ?? throwProtocolFailure(error),
      },
    ),
  };
}

/** The arguments of a prompt are the fields of its schema. */
function argumentsOf(source: string, input: McpSchema): NonNullable<Prompt['arguments']> {
  const { properties, required } = objectSchemaOf(source, input);
  if (!isJsonObject(properties)) {
    throw new InvalidHandlerError(
      source,
      'its arguments are the fields of one object, and its input schema describes a choice of objects. Use one object schema with optional fields.',
    );
  }
  const mandatory = new Set<unknown>(Array.isArray(required) ? required : []);
  const fields = Object.entries(properties);
  for (const [name, schema] of fields) assertTakesText(source, input, name, schema);
  return fields.map(([name, schema]) => ({
    name,
    ...textMember('title', isJsonObject(schema) && schema['title']),
    ...textMember('description', isJsonObject(schema) && schema['description']),
    required: mandatory.has(name),
  }));
}

/** @throws {InvalidHandlerError} @throws {UnboundEnhancerError} */
export function compileCompletion(
  handler: DiscoveredHandler & { readonly kind: 'completion' },
  pipelines: HandlerPipelineFactory,
): CatalogCompletion {
  const { host, method, options } = handler;
  const source = sourceOf(handler);
  assertServable(handler);
  return {
    key: completionKey(options),
    source,
    access: accessRuleOf(host.type, method),
    complete: pipelines.create<readonly string[]>(
      { host, method, source },
      {
        toResult: (returned) => (Array.isArray(returned) ? returned.map(String) : []),
        toFailure: (error) => throwProtocolFailure(error),
      },
    ),
  };
}

/** The tables with the entries that can have completions. */
interface Completable {
  readonly prompts: { get(name: string): CatalogPrompt | undefined };
  readonly resourceTemplates: { get(uriTemplate: string): CatalogResourceTemplate | undefined };
}

/**
 * Checks that the argument or variable of a completion exists. It is not called for a `dynamic`
 * catalog, which may get its prompts later.
 *
 * @throws {InvalidHandlerError} no prompt or template has this argument or variable
 */
export function assertCompletes(
  handler: DiscoveredHandler & { readonly kind: 'completion' },
  { prompts, resourceTemplates }: Completable,
): void {
  const { options } = handler;
  const [kind, key, part, known] =
    'prompt' in options
      ? ([
          'prompt',
          options.prompt,
          options.argument,
          prompts.get(options.prompt)?.definition.arguments?.map(({ name }) => name),
        ] as const)
      : ([
          'resource template',
          options.uriTemplate,
          options.variable,
          resourceTemplates.get(options.uriTemplate)?.pattern.variables,
        ] as const);
  if (known?.includes(part)) return;
  throw new InvalidHandlerError(
    sourceOf(handler),
    `it completes "${part}" of the ${kind} "${key}", which does not exist. Name an existing one.`,
  );
}

/** The key of a completion: its entry, and the argument or variable that it completes. */
export function completionKey(options: McpCompletionOptions): string {
  return 'prompt' in options
    ? JSON.stringify(['prompt', options.prompt, options.argument])
    : JSON.stringify(['uriTemplate', normalizeTemplate(options.uriTemplate), options.variable]);
}
