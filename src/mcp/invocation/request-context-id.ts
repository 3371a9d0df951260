import { ContextIdFactory, type ModuleRef } from '@nestjs/core';
import { REQUEST_CONTEXT_ID } from '@nestjs/core/internal';

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
