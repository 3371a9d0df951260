import type { Type, ValidationPipeOptions } from '@nestjs/common';
import type { JsonSchema, McpSchema } from '../authoring/schema.js';
import { InvalidHandlerError, MissingPackageError } from '../mcp.errors.js';
import { describeDto } from './dto-description.js';
import { dtoPackages, rulesOf, type DtoPackages } from './dto-packages.js';
import { DtoValidator } from './dto-validator.js';
import { loadPackage } from './optional-package.js';

/** A class with the decorators of class-validator, as a schema. */
interface ReadDto {
  readonly schema: McpSchema;
  /** Rules that are missing in its JSON Schema, such as `iban (isIBAN)`. */
  readonly omitted: readonly string[];
}

/** Whether a value is a class, and not a function or a callable schema. */
export function isClass(value: unknown): value is Type<object> {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
}

/** Whether a class has decorators of class-validator. An application may have no such package. */
export function hasRules(type: Type<object>): boolean {
  try {
    return (
      rulesOf(loadPackage<DtoPackages['validator']>('class-validator', type.name), type).length > 0
    );
  } catch (error) {
    if (error instanceof MissingPackageError) return false;
    throw error;
  }
}

/**
 * Reads a class with the decorators of class-validator. The JSON Schema comes from the decorators;
 * values are validated and transformed as by Nest's `ValidationPipe`.
 *
 * @throws {InvalidHandlerError} the class, or one of its fields, has no rules
 * @throws {MissingPackageError} a package for such classes is not installed
 */
export function readDto(
  source: string,
  side: 'input' | 'output',
  type: Type<object>,
  options: ValidationPipeOptions,
): ReadDto {
  const packages = dtoPackages(`${type.name}, the ${side} of ${source},`);
  const { schema, omitted, problem } = describeDto(packages, type, {
    side,
    isClosed: Boolean(side === 'input' ? options.forbidNonWhitelisted : options.whitelist),
  });
  if (problem !== undefined) throw new InvalidHandlerError(source, `its ${side} ${problem}`);
  const validator = new DtoValidator(packages, type, options);
  const jsonSchema = (): JsonSchema => schema;
  return {
    omitted,
    schema: {
      '~standard': {
        version: 1,
        vendor: 'class-validator',
        jsonSchema: { input: jsonSchema, output: jsonSchema },
        validate: (value) => validator.validate(side, value),
      },
    },
  };
}
