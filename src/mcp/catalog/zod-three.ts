import type { JsonSchema } from '../authoring/schema.js';
import { loadPackage } from './optional-package.js';
import { adviceFor } from './schema-fields.js';

/**
 * Writes a schema of zod 3 as JSON Schema, by `zod-to-json-schema`.
 *
 * @throws {MissingPackageError} it is not installed
 */
export function zodThreeWriter(
  source: string,
  schema: object,
): (side: 'input' | 'output') => Record<string, unknown> {
  const { zodToJsonSchema, ignoreOverride } = loadPackage<Package>('zod-to-json-schema', source);
  return (side) => ({
    ...zodToJsonSchema(schema, {
      pipeStrategy: side,
      override: (definition, { currentPath }) => {
        const advice = adviceFor(typeOf(definition, side), currentPath.slice(1));
        if (advice !== undefined) throw new TypeError(advice);
        return ignoreOverride;
      },
    }),
  });
}

interface Package {
  readonly zodToJsonSchema: (schema: object, options: Options) => JsonSchema;
  /** Leaves a part of a schema to the package. */
  readonly ignoreOverride: unknown;
}

interface Options {
  readonly pipeStrategy: 'input' | 'output';
  readonly override: (
    definition: Definition,
    about: { readonly currentPath: readonly string[] },
  ) => unknown;
}

interface Definition {
  /** Such as `ZodDate`. */
  readonly typeName?: string;
  readonly coerce?: boolean;
  readonly effect?: { readonly type: string };
}

/** The type by its name in zod 4. The package writes some that JSON does not have as others. */
function typeOf({ typeName = '', coerce, effect }: Definition, side: 'input' | 'output'): string {
  if (effect) return side === 'output' ? effect.type : '';
  if (coerce && side === 'input') return '';
  return typeName.replace(/^Zod/, '').toLowerCase();
}
