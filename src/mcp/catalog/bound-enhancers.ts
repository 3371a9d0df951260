import { ENHANCER_METADATA, parametersOf } from '../nest-internals.js';
import type { HandlerHost } from '../invocation/declared-handler.js';
import { UnboundEnhancerError } from '../mcp.errors.js';

/**
 * Checks that Nest runs every enhancer of a tool, on its class or its method.
 *
 * @throws {UnboundEnhancerError} Nest would silently skip one
 */
export function assertEnhancersBound({ wrapper, type }: HandlerHost, method: string): void {
  const injectables = wrapper.host?.injectables;
  const handler: unknown = Reflect.get(type.prototype, method);
  const parameters = parametersOf(type, method);
  const pipes = Object.values(parameters).flatMap((parameter) => parameter.pipes);
  for (const enhancer of [...enhancersOf(type), ...enhancersOf(handler), ...pipes]) {
    // An instance needs no DI; a class must be an injectable of the module.
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
