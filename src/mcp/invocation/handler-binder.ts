import { Injectable } from '@nestjs/common';
import { ExternalContextCreator, ModuleRef } from '@nestjs/core';
import type { McpContext } from '../authoring/mcp-context.js';
import type { InputPipe } from '../authoring/schema.js';
import {
  CONTEXT_PARAMETER,
  INPUT_PARAMETER,
  HANDLER_PARAMETERS,
  bindInputPipe,
  contextsOf,
  durableContextId,
  requestContextId,
  type ContextId,
} from '../nest-internals.js';
import { bindConfirmed } from './confirmed-handler.js';
import {
  asDeclared,
  type DeclaredHandler,
  type HandlerHost,
  type HandlerRunner,
} from './declared-handler.js';
import { createDirectRunner } from './direct-runner.js';

/** Returns the runner for a request; a promise for a request-scoped provider. */
type HandlerBinding = (request: object) => HandlerRunner | Promise<HandlerRunner>;

/** What `ExecutionContext.getType()` returns for a call of a handler. */
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

  /** @param inputPipe validates the input; without it, the handler gets the input as it came */
  bind(host: HandlerHost, method: string, inputPipe?: InputPipe): HandlerBinding {
    const { wrapper } = host;
    const parameters = inputPipe ? bindInputPipe(host.type, method, inputPipe) : HANDLER_PARAMETERS;
    const target = { host, method, parameters };
    if (wrapper.isDependencyTreeStatic() && !wrapper.isTransient) {
      // Bound with the first call: most processes call few of their tools.
      let runner: HandlerRunner | undefined;
      return () => (runner ??= this.runnerOf(target, wrapper.instance));
    }
    // Two modules may provide the same token: resolve it in the module of the host.
    const moduleRef: ModuleRef =
      wrapper.host?.getProviderByKey<ModuleRef>(ModuleRef)?.instance ?? this.moduleRef;
    return async (request) => {
      const contextId = requestContextId(request, moduleRef);
      const isDurable = wrapper.isDependencyTreeDurable();
      const hostContextId = isDurable ? durableContextId(contextId, moduleRef) : contextId;
      const instance: object = await moduleRef.resolve(wrapper.token, hostContextId);
      return this.runnerOf(target, instance, contextId);
    };
  }

  private runnerOf(bound: BoundHandler, instance: object, contextId?: ContextId): HandlerRunner {
    const { type } = bound.host;
    const { method } = bound;
    return bindConfirmed({ type, method, declared: asDeclared(type, method, instance) }, (one) =>
      this.runnerOfDeclared(bound, one, contextId),
    );
  }

  private runnerOfDeclared(
    { host, method, parameters }: BoundHandler,
    declared: DeclaredHandler,
    contextId?: ContextId,
  ): HandlerRunner {
    const { wrapper } = host;
    const contexts = contextsOf(this.contexts, wrapper);
    const direct = contextId
      ? undefined
      : createDirectRunner(contexts, declared, host, { method, parameters });
    if (direct) return direct;
    const run = contexts.create(
      declared.instance,
      declared.handler,
      method,
      parameters,
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

interface BoundHandler {
  readonly host: HandlerHost;
  readonly method: string;
  /** Key of the description of its parameters. */
  readonly parameters: string;
}

type RunnerArguments = [request: object, reply: object, input: unknown, context: McpContext];

function valueOf(parameter: number, [, , input, context]: RunnerArguments): unknown {
  if (parameter === INPUT_PARAMETER) return input;
  if (parameter === CONTEXT_PARAMETER) return context;
  return undefined;
}
