import { ENHANCER_METADATA, parametersOf } from '../nest-internals.js';
import type { HandlerHost } from '../invocation/declared-handler.js';
import { UnboundEnhancerError } from '../mcp.errors.js';

/**
 * Makes sure that Nest runs every enhancer that a tool names, on its class or its method.
 *
 * @throws {UnboundEnhancerError} for one that it would skip without a word
 */
export function assertEnhancersBound({ wrapper, type }: HandlerHost, method: string): void {
  const injectables = wrapper.host?.injectables;
  const handler: unknown = Reflect.get(type.prototype, method);
  const parameters = parametersOf(type, method);
  const pipes = Object.values(parameters).flatMap((parameter) => parameter.pipes);
  for (const enhancer of [...enhancersOf(type), ...enhancersOf(handler), ...pipes]) {
    // An instance needs no binding; a class must have been scanned with its host.
    if (typeof enhancer !== 'function' || injectables?.has(enhancer)) continue;
    throw new UnboundEnhancerError(enhancer.name, `${type.name}.${method}`, type.name);
  }
}

function enhancersOf(holder: unknown): readonly unknown[] {
  if (typeof holder !== 'function') return [];
  return ENHANCER_METADATA.flatMap(
    (key): readonly unknown[] => Reflect.getMetadata(key, holder) ?? [],
  );
}
