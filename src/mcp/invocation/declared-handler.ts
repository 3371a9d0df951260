import type { Type } from '@nestjs/common';
import type { MaybePromise } from '../../request/value-or-promise.js';
import type { McpContext } from '../authoring/mcp-context.js';
import type { SealedReply } from './sealed-reply.js';
import type { InstanceWrapper } from '../nest-internals.js';

/** A provider whose class is tagged as a host of tools, with the class that holds its metadata. */
export interface HandlerHost {
  readonly wrapper: InstanceWrapper;
  /** The class to read decorators from; the provider need not be an instance of it. */
  readonly type: Type<object>;
}

/** A handler with the guards, interceptors, pipes and filters that Nest runs around it. */
export type HandlerRunner = (
  request: object,
  reply: SealedReply,
  input: unknown,
  context: McpContext,
) => MaybePromise<unknown>;

/** A handler and the object to call it on, both of which carry what the decorators said. */
export interface DeclaredHandler {
  readonly instance: object;
  readonly handler: (...args: unknown[]) => unknown;
}

/**
 * The handler of an instance, with the metadata of the class that declares the tool. Nest reads
 * parameters, guards and pipes from the very function that runs; an instance from elsewhere, such as
 * the one of `overrideProvider(Tools).useValue(fake)`, has none and would run without them.
 */
export function asDeclared(type: Type<object>, method: string, instance: object): DeclaredHandler {
  const declared: DeclaredHandler['handler'] = Reflect.get(type.prototype, method);
  const own: DeclaredHandler['handler'] = Reflect.get(instance, method);
  if (own === declared && instance instanceof type) return { instance, handler: own };

  const handler = (...args: unknown[]): unknown => Reflect.apply(own, instance, args);
  Object.defineProperty(handler, 'name', { value: method });
  for (const key of Reflect.getMetadataKeys(declared)) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, declared), handler);
  }
  return { instance: Object.create(type.prototype, { [method]: { value: handler } }), handler };
}
