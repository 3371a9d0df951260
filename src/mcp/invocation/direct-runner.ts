import { ForbiddenException, type Type } from '@nestjs/common';
import type { ExternalContextCreator } from '@nestjs/core';
import {
  andThen,
  catchError,
  toMaybePromise,
  type MaybePromise,
} from '../../request/value-or-promise.js';
import {
  type BoundParameter,
  boundParametersOf,
  enhancersAround,
  filtersAround,
} from '../nest-handler-internals.js';
import {
  CONTEXT_PARAMETER,
  ExecutionContextHost,
  FORBIDDEN_MESSAGE,
  INPUT_PARAMETER,
} from '../nest-internals.js';
import {
  MCP_CONTEXT_TYPE,
  type BoundHandler,
  type DeclaredHandler,
  type HandlerRunner,
} from './declared-handler.js';
import { checkOf, runChecks } from './guard-checks.js';
import { lastValueOf, runInterceptors } from './interceptor-chain.js';
import { bindParameters } from './parameter-pipes.js';

/** Runs a handler on an instance of the class that it was created for. */
export type DirectRunner = (
  instance: object,
  ...call: Parameters<HandlerRunner>
) => MaybePromise<unknown>;

/**
 * Runs what Nest finds around a handler, in its order, without the promises of its pipeline: guards,
 * interceptors, pipes, the method, and filters for errors. Synchronous where all of these are.
 *
 * @param contexts those of the host
 * @returns `undefined` where Nest cannot be asked what it would run
 */
export function createDirectRunner(
  contexts: ExternalContextCreator,
  { instance, handler }: DeclaredHandler,
  { host: { wrapper }, method, parameters: key }: BoundHandler,
): DirectRunner | undefined {
  const target = { instance, handler, moduleKey: wrapper.host?.token, inquirerId: wrapper.id };
  const around = enhancersAround(contexts, target);
  const parameters = boundParametersOf(contexts, target, { method, key, type: MCP_CONTEXT_TYPE });
  const handleError = filtersAround(contexts, target);
  // A handler whose parameters nothing describes gets the arguments of the call.
  if (!around || !handleError || !parameters?.length) return undefined;

  const { guards, interceptors, pipes } = around;
  const checks = guards.map(checkOf);
  const toValues = bindParameters(parameters, pipes);
  const call = (self: object, args: readonly unknown[]): unknown =>
    andThen(toValues(args), (values) => Reflect.apply(handler, self, values));
  const isEnclosed = checks.length + interceptors.length > 0;
  // The view of the reply is a proxy, which is created only where something may read it.
  const isShown = isEnclosed || !parameters.every(isOurs);
  const type = instance.constructor as Type; // It has made the instance.

  return (self, request, reply, input, context) => {
    const run = (): MaybePromise<unknown> => {
      const args = [request, isShown ? reply.view : undefined, input, context];
      if (!isEnclosed) return lastValueOf(call(self, args));
      const execution = new ExecutionContextHost(args, type, handler);
      execution.setType(MCP_CONTEXT_TYPE);
      return andThen(runChecks(checks, execution), (passed) => {
        if (!passed) throw new ForbiddenException(FORBIDDEN_MESSAGE);
        // What a guard writes into the arguments reaches the handler, what an interceptor writes does not.
        const given = [...args];
        return runInterceptors(interceptors, execution, () => call(self, given));
      });
    };
    return catchError(run, (error) => {
      const host = new ExecutionContextHost([request, reply.view, input, context]);
      host.setType(MCP_CONTEXT_TYPE);
      return toMaybePromise(handleError(error, host));
    });
  };
}

function isOurs({ type }: BoundParameter): boolean {
  return type === INPUT_PARAMETER || type === CONTEXT_PARAMETER;
}
