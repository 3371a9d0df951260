import type { ArgumentsHost, CanActivate, NestInterceptor, PipeTransform } from '@nestjs/common';
import type { ExternalContextCreator } from '@nestjs/core';
import {
  callPrivate,
  CONTEXT_PARAMETER,
  INPUT_PARAMETER,
  STATIC_CONTEXT,
  type InstanceWrapper,
} from './nest-internals.js';

// What this package asks Nest about that surrounds a handler, which Nest keeps private.
// test/mcp/nest-handler-internals.spec.ts states what is relied on.

/** What Nest runs around a handler: of the method, the class and the application. */
interface EnhancersAround {
  readonly guards: readonly CanActivate[];
  readonly interceptors: readonly NestInterceptor[];
  readonly pipes: readonly PipeTransform[];
}

/** A handler, by what Nest finds its enhancers by. */
interface EnhancedHandler {
  readonly instance: object;
  readonly handler: (...args: never[]) => unknown;
  /** Key of the module that the instance belongs to, if it belongs to one. */
  readonly moduleKey: string | undefined;
  /** Id of the wrapper of the instance. */
  readonly inquirerId: string;
}

/**
 * Asks the creators that `ExternalContextCreator` itself asks, and the router as well. They are private,
 * so with care.
 *
 * @returns `undefined` where Nest cannot be asked
 */
export function enhancersAround(
  contexts: ExternalContextCreator,
  handler: EnhancedHandler,
): EnhancersAround | undefined {
  // Nest leaves out what has not the method of its kind.
  const guards = askCreator<CanActivate[]>(contexts, 'guardsContextCreator', handler);
  const interceptors = askCreator<NestInterceptor[]>(
    contexts,
    'interceptorsContextCreator',
    handler,
  );
  const pipes = askCreator<PipeTransform[]>(contexts, 'pipesContextCreator', handler);
  const areLists = [guards, interceptors, pipes].every(Array.isArray);
  return areLists && guards && interceptors && pipes ? { guards, interceptors, pipes } : undefined;
}

/**
 * Hands an error to the filter that takes it, or throws it again; what no filter takes, and is neither an
 * HTTP nor an intrinsic exception, Nest logs.
 */
export type ErrorHandler = (error: unknown, host: ArgumentsHost) => unknown;

/**
 * The exception filters around a handler, asked for like {@link enhancersAround}.
 *
 * @returns `undefined` where Nest cannot be asked
 */
export function filtersAround(
  contexts: ExternalContextCreator,
  handler: EnhancedHandler,
): ErrorHandler | undefined {
  const filters = askCreator<object>(contexts, 'filtersContextCreator', handler);
  const next: unknown = filters && Reflect.get(filters, 'next');
  return typeof next === 'function'
    ? (error, host) => Reflect.apply(next, filters, [error, host])
    : undefined;
}

/** @returns the result of the creator, typed as in Nest; `undefined` where Nest has no such creator */
function askCreator<T extends object>(
  contexts: ExternalContextCreator,
  creator: string,
  { instance, handler, moduleKey, inquirerId }: EnhancedHandler,
): T | undefined {
  const parameters = [instance, handler, moduleKey, STATIC_CONTEXT, inquirerId];
  const answer = callPrivate(Reflect.get(contexts, creator), 'create', ...parameters);
  return typeof answer === 'object' && answer !== null ? (answer as T) : undefined;
}

/** A parameter of a handler, as Nest binds it. */
export interface BoundParameter {
  readonly index: number;
  /** {@link INPUT_PARAMETER}, {@link CONTEXT_PARAMETER}, or text for another decorator. */
  readonly type: number | string;
  /** Its value before the pipes. May be a promise. */
  readonly extractValue: (...args: unknown[]) => unknown;
  /** The pipes of the parameter itself, which run after the others. */
  readonly pipes: readonly PipeTransform[];
  /** The argument of its decorator. */
  readonly data?: unknown;
  /** Its class, where the compiler notes types. */
  readonly metatype?: unknown;
  /** Nest 12 alone has this member. */
  readonly schema?: unknown;
}

/**
 * Binds the parameters of a handler as `ExternalContextCreator.create()` does.
 *
 * @param key of their description
 * @returns `undefined` where Nest cannot be asked
 */
export function boundParametersOf(
  contexts: ExternalContextCreator,
  { instance, moduleKey, inquirerId }: EnhancedHandler,
  { method, key, type }: { readonly method: string; readonly key: string; readonly type: string },
): readonly BoundParameter[] | undefined {
  const metadata = callPrivate(contexts, 'getMetadata', instance, method, key, OUR_VALUES, type);
  const bound = callPrivate(metadata, 'getParamsMetadata', moduleKey, STATIC_CONTEXT, inquirerId);
  if (typeof metadata !== 'object' || metadata === null || !Array.isArray(bound)) return undefined;
  const types: unknown = Reflect.get(metadata, 'paramtypes');
  const metatypeOf = (index: number): unknown => (Array.isArray(types) ? types[index] : undefined);
  return bound.map((parameter) => ({ ...parameter, metatype: metatypeOf(parameter.index) }));
}

/** Gives our parameters their values, which are arguments of the call: `[request, reply, input, context]`. */
export const OUR_VALUES = {
  exchangeKeyForValue: (
    parameter: number,
    _data: unknown,
    [, , input, context]: readonly unknown[],
  ): unknown => {
    if (parameter === INPUT_PARAMETER) return input;
    return parameter === CONTEXT_PARAMETER ? context : undefined;
  },
};

/** Whether all that is around the handlers of a provider is the same for each request and each host. */
export function hasStaticEnhancers(wrapper: InstanceWrapper): boolean {
  const enhancers: readonly InstanceWrapper[] = wrapper.getEnhancersMetadata() ?? [];
  return enhancers.every((one) => one.isDependencyTreeStatic() && !one.isTransient);
}
