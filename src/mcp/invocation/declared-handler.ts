import type { Type } from '@nestjs/common';

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
