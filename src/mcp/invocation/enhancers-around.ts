import type { ExternalContextCreator } from '@nestjs/core';
import { STATIC_CONTEXT } from '@nestjs/core/internal';

/** What Nest runs around a handler: of the method, the class and the application. */
export interface EnhancersAround {
  readonly guards: readonly unknown[];
  readonly interceptors: readonly unknown[];
  readonly pipes: readonly unknown[];
}

/** A handler, by what Nest finds its enhancers by. */
export interface EnhancedHandler {
  readonly instance: object;
  readonly handler: (...args: never[]) => unknown;
  /** Key of the module that the instance belongs to. */
  readonly moduleKey: string;
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
  { instance, handler, moduleKey, inquirerId }: EnhancedHandler,
): EnhancersAround | undefined {
  const ask = (creator: string): readonly unknown[] | undefined => {
    const parameters = [instance, handler, moduleKey, STATIC_CONTEXT, inquirerId];
    const bound = callPrivate(Reflect.get(contexts, creator), 'create', ...parameters);
    return Array.isArray(bound) ? bound : undefined;
  };
  const guards = ask('guardsContextCreator');
  const interceptors = ask('interceptorsContextCreator');
  const pipes = ask('pipesContextCreator');
  return guards && interceptors && pipes && { guards, interceptors, pipes };
}

/** Calls a method that the types do not show; `undefined` where there is no such method. */
export function callPrivate(target: unknown, method: string, ...args: unknown[]): unknown {
  if (typeof target !== 'object' || target === null) return undefined;
  const found: unknown = Reflect.get(target, method);
  return typeof found === 'function' ? Reflect.apply(found, target, args) : undefined;
}
