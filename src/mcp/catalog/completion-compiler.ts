import { accessRuleOf } from '../../access/access.decorators.js';
import { throwProtocolFailure } from '../invocation/handler-failure.js';
import type { HandlerPipelineFactory } from '../invocation/handler-pipeline.factory.js';
import type { CatalogCompletion, CatalogPrompt, CatalogResourceTemplate } from './catalog-entry.js';
import { assertServable, sourceOf } from './handler-checks.js';
import type { DiscoveredHandler } from './handler-discovery.js';
import { InvalidHandlerError } from './invalid-handler.error.js';
import type { McpCompletionOptions } from './prompt-options.js';

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

/** Where completions find what they complete. */
interface Completable {
  readonly prompts: { get(name: string): CatalogPrompt | undefined };
  readonly resourceTemplates: { get(uriTemplate: string): CatalogResourceTemplate | undefined };
}

/**
 * Makes sure that a completion can ever be asked for. A server whose catalog is `dynamic` may get its
 * prompts later.
 *
 * @throws {InvalidHandlerError} nothing has such an argument or variable
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
    `it completes "${part}" of the ${kind} "${key}", and there is none. Name what is there.`,
  );
}

/** What a completion is found by: the entry and the argument or variable that it completes. */
export function completionKey(options: McpCompletionOptions): string {
  return 'prompt' in options
    ? JSON.stringify(['prompt', options.prompt, options.argument])
    : JSON.stringify(['uriTemplate', options.uriTemplate, options.variable]);
}
