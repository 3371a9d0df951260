import type { Type } from '@nestjs/common';
import type { MaybePromise } from '../../request/value-or-promise.js';
import type { McpContext } from '../authoring/mcp-context.js';
import type { InstanceWrapper } from '../nest-internals.js';
import type { SealedReply } from './sealed-reply.js';

/** A provider with handlers, and the class that has their metadata. */
export interface HandlerHost {
  readonly wrapper: InstanceWrapper;
  /** The class to read decorators from. The provider may be an instance of another class. */
  readonly type: Type<object>;
}

/** A handler that is to be run, and how its parameters are described. */
export interface BoundHandler {
  readonly host: HandlerHost;
  readonly method: string;
  /** Key of the description of its parameters. */
  readonly parameters: string;
}

/** What `ExecutionContext.getType()` returns for a call of a handler. */
export const MCP_CONTEXT_TYPE = 'mcp';

/** A handler with the guards, interceptors, pipes and filters that Nest runs around it. */
export type HandlerRunner = (
  request: object,
  reply: SealedReply,
  input: unknown,
  context: McpContext,
) => MaybePromise<unknown>;

/** A handler and the object to call it on. Both have the metadata of the decorators. */
export interface DeclaredHandler {
  readonly instance: object;
  readonly handler: (...args: unknown[]) => unknown;
}

/**
 * The handler of an instance, with the metadata of the class that declares the tool. Nest reads
 * guards and parameters from the function that runs; without this, the fake of
 * `overrideProvider(Tools)` would run without them.
 */
export function asDeclared(type: Type<object>, method: string, instance: object): DeclaredHandler {
  const declared: DeclaredHandler['handler'] = Reflect.get(type.prototype, method);
  const own: DeclaredHandler['handler'] = Reflect.get(instance, method);
  if (own === declared && instance instanceof type) return { instance, handler: own };

  const handler = copyMetadata(declared, (...args) => Reflect.apply(own, instance, args));
  Object.defineProperty(handler, 'name', { value: method });
  return { instance: Object.create(type.prototype, { [method]: { value: handler } }), handler };
}

/** Gives a function the metadata of a handler, and returns it. */
export function copyMetadata(
  from: DeclaredHandler['handler'],
  to: DeclaredHandler['handler'],
): DeclaredHandler['handler'] {
  for (const key of Reflect.getMetadataKeys(from)) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, from), to);
  }
  return to;
}
