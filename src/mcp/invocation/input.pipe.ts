import type { PipeTransform } from '@nestjs/common';
import { whenKnown, type MaybePromise } from '../../access/maybe-promise.js';
import { validate, type McpSchema } from '../catalog/schema.js';
import { InvalidInputError } from './invalid-input.error.js';

/**
 * Validates the arguments of one tool. Bound to the parameter itself, so that it runs where Nest runs
 * pipes and a global validation pipe of the host does not validate a second time.
 */
export class InputPipe implements PipeTransform<unknown, MaybePromise<unknown>> {
  constructor(
    private readonly tool: string,
    private readonly schema: McpSchema,
  ) {}

  transform(value: unknown): MaybePromise<unknown> {
    return whenKnown(validate(this.schema, value), (validation) => {
      if (validation.ok) return validation.value;
      throw new InvalidInputError(this.tool, validation.issues);
    });
  }
}
