import { type HandlerRunner, asDeclared, type HandlerHost } from './declared-handler.js';
import { Injectable } from '@nestjs/common';
import { ExternalContextCreator, ModuleRef } from '@nestjs/core';
import { createDirectRunner } from './direct-runner.js';
import {
  CONTEXT_PARAMETER,
  INPUT_PARAMETER,
  HANDLER_PARAMETERS,
  requestContextId,
  type ContextId,
} from '../nest-internals.js';
import type { McpContext } from '../authoring/mcp-context.js';

/** Finds the runner for a request: at once for a singleton, per request for a scoped provider. */
export type HandlerBinding = (request: object) => HandlerRunner | Promise<HandlerRunner>;

/** Execution context type of a tool call, as `ExecutionContext.getType()` answers it. */
const MCP_CONTEXT_TYPE = 'mcp';

/**
 * Binds handlers to Nest. The arguments of a call are `[request, reply, input, context]`, so that
 * `switchToHttp().getRequest()` of an ordinary guard finds the HTTP request.
 */
@Injectable()
export class HandlerBinder {
  constructor(
    private readonly contexts: ExternalContextCreator,
    private readonly moduleRef: ModuleRef,
  ) {}

  bind(host: HandlerHost, method: string): HandlerBinding {
    const { wrapper } = host;
    if (wrapper.isDependencyTreeStatic() && !wrapper.isTransient) {
      // Bound with the first call: of a thousand tools a process often calls a few.
      let runner: HandlerRunner | undefined;
      return () => (runner ??= this.runnerOf(host, method, wrapper.instance));
    }
    // Two modules may use one token: the module of the host knows which provider is meant.
    const moduleRef: ModuleRef =
      wrapper.host?.getProviderByKey<ModuleRef>(ModuleRef)?.instance ?? this.moduleRef;
    return async (request) => {
      const contextId = requestContextId(request, moduleRef);
      const instance: object = await moduleRef.resolve(wrapper.token, contextId);
      return this.runnerOf(host, method, instance, contextId);
    };
  }

  private runnerOf(
    host: HandlerHost,
    method: string,
    instance: object,
    contextId?: ContextId,
  ): HandlerRunner {
    const { type, wrapper } = host;
    const declared = asDeclared(type, method, instance);
    const bare = contextId ? undefined : createDirectRunner(this.contexts, declared, host, method);
    if (bare) return bare;
    const run = this.contexts.create(
      declared.instance,
      declared.handler,
      method,
      HANDLER_PARAMETERS,
      {
        exchangeKeyForValue: (parameter: number, _data: unknown, args: RunnerArguments) =>
          valueOf(parameter, args),
      },
      contextId,
      wrapper.id,
      undefined,
      MCP_CONTEXT_TYPE,
    );
    return (request, reply, input, context) => run(request, reply.view, input, context);
  }
}

type RunnerArguments = [request: object, reply: object, input: unknown, context: McpContext];

function valueOf(parameter: number, [, , input, context]: RunnerArguments): unknown {
  if (parameter === INPUT_PARAMETER) return input;
  if (parameter === CONTEXT_PARAMETER) return context;
  return undefined;
}
