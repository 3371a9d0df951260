import { accessRuleOf } from '../../access/access.decorators.js';
import { throwProtocolFailure } from '../invocation/handler-failure.js';
import type { HandlerPipelineFactory } from '../invocation/handler-pipeline.factory.js';
import type { CatalogCompletion } from './catalog-entry.js';
import { assertServable, sourceOf } from './handler-checks.js';
import type { DiscoveredHandler } from './handler-discovery.js';
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

/** What a completion is found by: the entry and the argument or variable that it completes. */
export function completionKey(options: McpCompletionOptions): string {
  return 'prompt' in options
    ? JSON.stringify(['prompt', options.prompt, options.argument])
    : JSON.stringify(['uriTemplate', options.uriTemplate, options.variable]);
}
