import { bareDecoratorAt } from '../request/bare-decorator.js';
import { InvalidAccessRuleError, placeOf } from './access.errors.js';

export type AccessDecorator = ClassDecorator & MethodDecorator;

/** Refuses an access decorator without parentheses, which would replace the method or the class. */
export function decorator<A extends readonly unknown[]>(
  name: string,
  create: (...args: A) => AccessDecorator,
  { takesClass = false }: { readonly takesClass?: boolean } = {},
): (...args: A) => AccessDecorator {
  return (...args) => {
    const place = bareDecoratorAt(args, takesClass);
    if (place === undefined) return create(...args);
    throw new InvalidAccessRuleError(`@${name} has no parentheses. Write @${name}().`, place);
  };
}

/** What holds the metadata: the class, or the function of the method, where Nest's Reflector reads it. */
export function holderOf(
  target: object,
  key: string | symbol | undefined,
  descriptor: PropertyDescriptor | undefined,
): object {
  if (key === undefined) return target;
  const method: unknown = typeof descriptor === 'object' ? descriptor.value : undefined;
  if (typeof method === 'function') return method;
  throw new InvalidAccessRuleError(
    'an access decorator is on a property, an accessor or a parameter. Put it on a method or a class.',
    placeOf(target, key),
  );
}

/** Creates what a decorator stands for; an error of a builder gets the place. */
export function createAt<T>(create: () => T, place: string): T {
  try {
    return create();
  } catch (error) {
    throw error instanceof InvalidAccessRuleError
      ? new InvalidAccessRuleError(error.problem, place)
      : error;
  }
}
