import type { ExternalContextCreator } from '@nestjs/core';
import { OUR_VALUES } from '../nest-handler-internals.js';
import type { ContextId } from '../nest-internals.js';
import {
  MCP_CONTEXT_TYPE,
  type BoundHandler,
  type DeclaredHandler,
  type HandlerRunner,
} from './declared-handler.js';

/**
 * Runs a handler by Nest's own pipeline.
 *
 * @param contexts those of the host
 * @param contextId of the request, where something in it is one per request
 */
export function createNestRunner(
  contexts: ExternalContextCreator,
  { instance, handler }: DeclaredHandler,
  { host: { wrapper }, method, parameters }: BoundHandler,
  contextId?: ContextId,
): HandlerRunner {
  const run = contexts.create(
    instance,
    handler,
    method,
    parameters,
    OUR_VALUES,
    contextId,
    wrapper.id,
    undefined,
    MCP_CONTEXT_TYPE,
  );
  return (request, reply, input, context) => run(request, reply.view, input, context);
}
