import { Injectable } from '@nestjs/common';
import { ExternalContextCreator, ModuleRef } from '@nestjs/core';
import type { InputPipe } from '../authoring/schema.js';
import { hasStaticEnhancers } from '../nest-handler-internals.js';
import {
  CONTEXT_PARAMETER,
  contextsOf,
  describeParameters,
  durableContextId,
  mayTake,
  parameterIndex,
  requestContextId,
  type ContextId,
} from '../nest-internals.js';
import { bindConfirmed } from './confirmed-handler.js';
import {
  asDeclared,
  type BoundHandler,
  type DeclaredHandler,
  type HandlerHost,
  type HandlerRunner,
} from './declared-handler.js';
import { createDirectRunner, type DirectRunner } from './direct-runner.js';
import { createNestRunner } from './nest-runner.js';

/** Returns the runner for a request; a promise for a request-scoped provider. */
type HandlerBinding = (request: object) => HandlerRunner | Promise<HandlerRunner>;

/** Creates the runner of a handler; `contextId` where the handler is one per request. */
type CreateRunner = (declared: DeclaredHandler, contextId?: ContextId) => HandlerRunner;

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
    const { type, wrapper } = host;
    // Made with the first call: most processes call few of their tools.
    let create: CreateRunner | undefined;
    const runnerOf = (instance: object, contextId?: ContextId): HandlerRunner =>
      bindConfirmed({ type, method, declared: asDeclared(type, method, instance) }, (declared) => {
        create ??= this.runners(host, method, inputPipe);
        return create(declared, contextId);
      });
    if (wrapper.isDependencyTreeStatic() && !wrapper.isTransient) {
      let runner: HandlerRunner | undefined;
      return () => (runner ??= runnerOf(wrapper.instance));
    }
    // Two modules may provide the same token: resolve it in the module of the host.
    const moduleRef: ModuleRef =
      wrapper.host?.getProviderByKey<ModuleRef>(ModuleRef)?.instance ?? this.moduleRef;
    return async (request) => {
      const contextId = requestContextId(request, moduleRef);
      const isDurable = wrapper.isDependencyTreeDurable();
      const hostContextId = isDurable ? durableContextId(contextId, moduleRef) : contextId;
      const instance: object = await moduleRef.resolve(wrapper.token, hostContextId);
      return runnerOf(instance, contextId);
    };
  }

  private runners(host: HandlerHost, method: string, inputPipe?: InputPipe): CreateRunner {
    const { type, wrapper } = host;
    const describe = (takesContext: boolean): BoundHandler => {
      const parameters = describeParameters(type, method, { inputPipe, takesContext });
      return { host, method, parameters };
    };
    const withContext = describe(true);
    const takesContext = mayTake(type, method, parameterIndex(type, method, CONTEXT_PARAMETER));
    const ofMethod = takesContext ? withContext : describe(false);
    // Another function in its place, such as that of a fake, may take what the method does not.
    const boundTo = ({ handler }: DeclaredHandler): BoundHandler =>
      handler === Reflect.get(type.prototype, method) ? ofMethod : withContext;
    const contexts = contextsOf(this.contexts, wrapper);
    /** By prototype of the instance: a factory may return instances of several classes. */
    const shared = new WeakMap<object, { readonly run: DirectRunner | undefined }>();
    const sharedRunner = (declared: DeclaredHandler): DirectRunner | undefined => {
      const prototype: object = Object.getPrototypeOf(declared.instance);
      // The function may be made for one instance.
      if (Reflect.get(prototype, method) !== declared.handler) return undefined;
      const known = shared.get(prototype);
      if (known) return known.run;
      const run = hasStaticEnhancers(wrapper)
        ? createDirectRunner(contexts, declared, boundTo(declared))
        : undefined;
      shared.set(prototype, { run });
      return run;
    };
    return (declared, contextId) => {
      const run = contextId
        ? sharedRunner(declared)
        : createDirectRunner(contexts, declared, boundTo(declared));
      if (!run) return createNestRunner(contexts, declared, boundTo(declared), contextId);
      return (...call) => run(declared.instance, ...call);
    };
  }
}
