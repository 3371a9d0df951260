import { Converter, ReflectionKind } from 'typedoc';

/** Leaves out constructors that nobody calls: Nest does, with providers that are not public. */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const constructor of project.getReflectionsByKind(ReflectionKind.Constructor)) {
      const isDocumented = constructor.signatures?.some((signature) => signature.hasComment());
      if (!isDocumented) project.removeReflection(constructor);
    }
  });
}
