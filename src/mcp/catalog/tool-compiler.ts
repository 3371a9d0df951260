import { accessRuleOf } from '../../access/access.decorators.js';
import { toToolFailure } from '../invocation/handler-failure.js';
import type { HandlerPipelineFactory } from '../invocation/handler-pipeline.factory.js';
import { limitCalls } from '../invocation/limited-call.js';
import {
  problemOfLimits,
  resolveToolLimits,
  type McpToolLimits,
} from '../invocation/tool-limits.js';
import type { ToolOutcome } from '../invocation/structured-result.js';
import { toDirectResult, toToolResult } from '../invocation/tool-result.js';
import { problemOf, toolTaskOf } from '../tasks/task-options.js';
import type { CatalogTool } from './catalog-entry.js';
import { InvalidHandlerError } from './invalid-handler.error.js';
import { assertName, assertServable, sourceOf } from './handler-checks.js';
import type { DiscoveredHandler } from './handler-discovery.js';
import { defineTool } from './tool-definition.js';

/**
 * Compiles a tool.
 *
 * @param toolLimits what holds for a tool that says nothing itself
 * @throws {InvalidHandlerError} a name, schema or signature that cannot be served
 * @throws {UnboundEnhancerError} an enhancer that Nest would skip
 */
export function compileTool(
  handler: DiscoveredHandler & { readonly kind: 'tool' },
  pipelines: HandlerPipelineFactory,
  toolLimits: McpToolLimits,
): CatalogTool {
  const { host, method, options } = handler;
  const { name = method, input, output } = options;
  const source = sourceOf(handler);
  assertName(source, name);
  assertServable(handler);
  const task = options.task && toolTaskOf(options.task);
  const problem = task && problemOf(task);
  if (problem) throw new InvalidHandlerError(source, problem);
  const limits = resolveToolLimits(options.limits, toolLimits);
  const wrong = problemOfLimits(limits);
  if (wrong !== undefined) throw new InvalidHandlerError(source, `limits.${wrong}`);
  const { definition, hasObjectOutput, readsHeaders } = defineTool(source, { ...options, name });
  const run = pipelines.create<ToolOutcome>(
    { host, method, source },
    {
      toResult: (returned, _input, _context, { running }) =>
        running?.isDirect
          ? toDirectResult(source, output, returned)
          : toToolResult(source, output, returned),
      toFailure: toToolFailure,
    },
  );
  return {
    key: name,
    source,
    definition,
    access: accessRuleOf(host.type, method),
    task,
    hasObjectOutput,
    // The SDK compares arguments with headers where a schema asks for it, and writes values that are
    // no object in a form of their own for older clients.
    isPlain: () => !task && hasObjectOutput && !readsHeaders(),
    // What nobody declared, nobody has validated: the handler does not get it.
    call: limitCalls(
      input ? run : (_input, exchange, context) => run({}, exchange, context),
      name,
      limits,
    ),
  };
}
