import type { PipeTransform, Type } from '@nestjs/common';
import {
  CUSTOM_ROUTE_ARGS_METADATA,
  EXCEPTION_FILTERS_METADATA,
  GUARDS_METADATA,
  INTERCEPTORS_METADATA,
  PARAMTYPES_METADATA,
  PIPES_METADATA,
  ROUTE_ARGS_METADATA,
} from '@nestjs/common/constants.js';
import { type ExternalContextCreator, ContextIdFactory, type ModuleRef } from '@nestjs/core';
import { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { REQUEST_CONTEXT_ID } from '@nestjs/core/router/request/request-constants.js';
import { readMetadata } from '../request/read-metadata.js';
import { ownersOf } from './method-owners.js';

// Every API of Nest that is private, or that is not an export of a package's main entry, is used through
// this file. test/mcp/nest-internals.spec.ts states what is relied on. Each import is a path of a file that
// Nest 11 and 12 both have: only Nest 12 has `@nestjs/common/internal` and `@nestjs/core/internal`.

/** Tells Nest that a class receives requests: it hands request-scoped `APP_*` enhancers to no other. */
export { ENTRY_PROVIDER_WATERMARK } from '@nestjs/common/constants.js';
/** Where Nest keeps the path, the method, the hosts, the version and the parameters of a route. */
export {
  CUSTOM_ROUTE_ARGS_METADATA,
  HOST_METADATA,
  METHOD_METADATA,
  MODULE_PATH,
  PARAMTYPES_METADATA,
  PATH_METADATA,
  ROUTE_ARGS_METADATA,
  SSE_METADATA,
  VERSION_METADATA,
} from '@nestjs/common/constants.js';
/** The message of the `ForbiddenException` that Nest throws for a guard that returns `false`. */
export { FORBIDDEN_MESSAGE } from '@nestjs/core/guards/constants.js';
/** The `ExecutionContext` that Nest hands to guards. */
export { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
/** The context of providers that are not request-scoped. */
export { STATIC_CONTEXT } from '@nestjs/core/injector/constants.js';
/** A provider as the container holds it. */
export { InstanceWrapper };
/** A module as the container holds it. */
export type { Module } from '@nestjs/core/injector/module.js';
/** Computes the whole paths of a route: global prefix, `RouterModule`, versions. */
export type { RoutePathMetadata } from '@nestjs/core/router/interfaces/route-path-metadata.interface.js';
export { RoutePathFactory } from '@nestjs/core/router/route-path-factory.js';

/** The keys under which decorators note enhancers on a class or a method. */
export const ENHANCER_METADATA = [
  GUARDS_METADATA,
  INTERCEPTORS_METADATA,
  PIPES_METADATA,
  EXCEPTION_FILTERS_METADATA,
] as const;

/**
 * `ExternalContextCreator` for the handlers of one provider. Nest before 12.2 looks for the module by the
 * class of the instance, which two modules may provide, or none under its own token. Nest 11 remembers the
 * parameters of a method by the names of class and method, which two classes may share. A handler would
 * lose its guards, or get the guards or the input schema of another one.
 */
export function contextsOf(
  contexts: ExternalContextCreator,
  wrapper: InstanceWrapper,
): ExternalContextCreator {
  const moduleKey = (): string | undefined => wrapper.host?.token;
  return Object.create(contexts, {
    getHostModuleKey: { value: moduleKey },
    getContextModuleKey: { value: moduleKey },
    handlerMetadataStorage: { value: { get: () => undefined, set: () => undefined } },
  });
}

/** Calls a method that the types do not show; `undefined` where there is no such method. */
export function callPrivate(target: unknown, method: string, ...args: unknown[]): unknown {
  if (typeof target !== 'object' || target === null) return undefined;
  const found: unknown = Reflect.get(target, method);
  return typeof found === 'function' ? Reflect.apply(found, target, args) : undefined;
}

export type ContextId = ReturnType<typeof ContextIdFactory.create>;

/**
 * The container sub-tree of a request. It is noted on the request as Nest's router does, so that
 * guards and tools of one request share their request-scoped providers.
 */
export function requestContextId(request: object, moduleRef: ModuleRef): ContextId {
  const contextId = ContextIdFactory.getByRequest(request);
  if (Reflect.has(request, REQUEST_CONTEXT_ID)) return contextId;
  Object.defineProperty(request, REQUEST_CONTEXT_ID, { value: contextId });
  moduleRef.registerRequestByContextId(Object.assign(request, contextId.payload), contextId);
  return contextId;
}

/**
 * The sub-tree in which a durable provider is resolved for a request. It outlives the request, so its
 * `REQUEST` is the payload of the `ContextIdStrategy`. Nest before 12.5 injects the request of the first caller.
 */
export function durableContextId(contextId: ContextId, moduleRef: ModuleRef): ContextId {
  if (contextId.payload === undefined) return contextId;
  const durable: ContextId = {
    ...contextId,
    // The strategy answers with the sub-tree of the request for what is not durable, `REQUEST` included.
    getParent: (info) => {
      const parent = contextId.getParent?.(info) ?? contextId;
      return parent === contextId ? durable : parent;
    },
  };
  moduleRef.registerRequestByContextId(contextId.payload, durable);
  return durable;
}

/** The parameter that takes the validated input. */
export const INPUT_PARAMETER = 9001;
/** The parameter that takes the `McpContext`. */
export const CONTEXT_PARAMETER = 9002;
/** Where the parameters of a tool are described, in the form that Nest reads. */
export const HANDLER_PARAMETERS = 'nestjs-clerk-mcp:parameters';

/** One described parameter: `index` is its place in the signature. */
export interface ParameterDescription {
  readonly index: number;
  readonly data?: unknown;
  readonly pipes: readonly unknown[];
  readonly schema?: unknown;
}

type ParameterDescriptions = Readonly<Record<string, ParameterDescription>>;

/**
 * Gives the input and the context the first two parameters that no decorator has taken. Runs when
 * the method decorator does, which is after those of the parameters.
 */
export function bindHandlerParameters(type: object, method: string): void {
  const taken: ParameterDescriptions =
    Reflect.getOwnMetadata(ROUTE_ARGS_METADATA, type, method) ?? {};
  const takenIndexes = new Set(Object.values(taken).map(({ index }) => index));
  const free = firstFree(takenIndexes);
  const input = free();
  const context = free();
  const described: ParameterDescriptions = {
    ...taken,
    [`${INPUT_PARAMETER}:${input}`]: { index: input, pipes: [] },
    [`${CONTEXT_PARAMETER}:${context}`]: { index: context, pipes: [] },
  };
  Reflect.defineMetadata(HANDLER_PARAMETERS, described, type, method);
}

/**
 * Describes the parameters of a handler once more, with a pipe for its input and without a context that
 * it does not take: two servers may validate the same handler by different options.
 *
 * @returns the key of the description, which Nest keeps as text
 */
export function describeParameters(
  type: object,
  method: string,
  { inputPipe, takesContext }: DescriptionOptions,
): string {
  const described = Object.entries(parametersOf(type, method)).flatMap(
    ([key, parameter]): [string, ParameterDescription][] => {
      if (key.startsWith(`${INPUT_PARAMETER}:`) && inputPipe) {
        return [[key, { ...parameter, pipes: [inputPipe] }]];
      }
      if (key.startsWith(`${CONTEXT_PARAMETER}:`) && !takesContext) return [];
      return [[key, parameter]];
    },
  );
  lastDescription += 1;
  const key = `${HANDLER_PARAMETERS}:${lastDescription}`;
  Reflect.defineMetadata(key, Object.fromEntries(described), type, method);
  return key;
}

interface DescriptionOptions {
  readonly inputPipe?: PipeTransform | undefined;
  /** Whether the context is one of the parameters, on which global pipes run as well. */
  readonly takesContext: boolean;
}

/**
 * Whether a method of a class may read a parameter: `false` where the compiler has noted the types of its
 * parameters, and this is none of them. The counts differ for a default, a rest parameter and a function
 * that a decorator has put in place of the method.
 */
export function mayTake(type: Type<object>, method: string, index: number): boolean {
  const [owner] = ownersOf(type.prototype, method);
  const types: unknown = owner && Reflect.getOwnMetadata(PARAMTYPES_METADATA, owner, method);
  if (!owner || !Array.isArray(types) || index < types.length) return true;
  return types.length !== Reflect.get(Reflect.get(owner, method), 'length');
}

/** Makes the keys of descriptions unique. */
let lastDescription = 0;

/** The parameters of a tool, by the key that Nest gives each. */
export function parametersOf(
  type: object,
  method: string,
  key = HANDLER_PARAMETERS,
): ParameterDescriptions {
  return readMetadata<ParameterDescriptions>(key, type, method) ?? {};
}

/** The place of the input or the context in the signature of a handler. */
export function parameterIndex(type: object, method: string, parameter: number): number {
  const found = Object.entries(parametersOf(type, method)).find(([key]) =>
    key.startsWith(`${parameter}:`),
  );
  return found?.[1].index ?? parameter - INPUT_PARAMETER;
}

/** Parameters whose decorator reads the HTTP exchange itself, such as `@Body()`: not for a tool. */
export function httpOnlyParameters(type: object, method: string): readonly number[] {
  return Object.entries(parametersOf(type, method))
    .filter(
      ([key]) =>
        !key.includes(CUSTOM_ROUTE_ARGS_METADATA) &&
        !key.startsWith(`${INPUT_PARAMETER}:`) &&
        !key.startsWith(`${CONTEXT_PARAMETER}:`),
    )
    .map(([, { index }]) => index);
}

function firstFree(taken: ReadonlySet<number>): () => number {
  let next = 0;
  return () => {
    while (taken.has(next)) next += 1;
    return next++;
  };
}
