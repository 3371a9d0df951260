import type { StandardSchemaV1 } from '@modelcontextprotocol/server';
import { ValidationPipe, type Type, type ValidationPipeOptions } from '@nestjs/common';
import { andThen, type MaybePromise } from '../../request/value-or-promise.js';
import { directValidation, isPlainJson } from './direct-validation.js';
import type { DtoPackages, Invalid } from './dto-packages.js';

/**
 * Validates and transforms values of a class as a controller does: by Nest's `ValidationPipe`, or by its steps
 * without its promises.
 */
export class DtoValidator {
  private readonly pipe: ValidationPipe;
  private readonly direct: ReturnType<typeof directValidation>;

  constructor(
    private readonly packages: DtoPackages,
    private readonly type: Type<object>,
    private readonly options: ValidationPipeOptions,
  ) {
    this.pipe = new ValidationPipe({
      ...options,
      validatorPackage: packages.validator,
      transformerPackage: packages.transformer,
      exceptionFactory: (errors) => new InvalidDto(errors),
    });
    this.direct = directValidation(packages, { type, options, pipe: this.pipe });
  }

  /** A result is sent as class-transformer writes it: without what `@Exclude()` excludes. */
  validate(
    side: 'input' | 'output',
    value: unknown,
  ): MaybePromise<StandardSchemaV1.Result<unknown>> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return { issues: [{ message: 'must be an object' }] };
    }
    const validated = isPlainJson(value) ? this.direct?.(value) : undefined;
    if (validated) {
      return andThen(validated, ({ value: instance, errors }) =>
        errors.length > 0 ? { issues: this.issuesOf(errors) } : this.resultOf(side, instance),
      );
    }
    return this.pipe.transform(value, { type: 'body', metatype: this.type }).then(
      (instance: unknown) => this.resultOf(side, instance),
      (error: unknown) => {
        if (error instanceof InvalidDto) return { issues: this.issuesOf(error.errors) };
        throw error;
      },
    );
  }

  private resultOf(side: 'input' | 'output', instance: unknown): StandardSchemaV1.Result<unknown> {
    if (side === 'input') return { value: instance };
    const { transformer } = this.packages;
    return { value: transformer.instanceToPlain(instance, this.options.transformOptions) };
  }

  private issuesOf(errors: readonly Invalid[]): readonly StandardSchemaV1.Issue[] {
    if (this.options.disableErrorMessages) return [{ message: 'is not valid' }];
    const issues: StandardSchemaV1.Issue[] = [];
    // A stack: the value decides how deep errors go.
    const left = errors.map((error): [Invalid, string[]] => [error, []]).toReversed();
    for (let next = left.pop(); next; next = left.pop()) {
      const [{ property, constraints = {}, children = [] }, parents] = next;
      const path = [...parents, property];
      for (const message of Object.values(constraints)) {
        issues.push({ path, message: withoutName(message, property) });
      }
      for (const child of children.toReversed()) left.push([child, path]);
    }
    return issues;
  }
}

class InvalidDto extends Error {
  constructor(readonly errors: readonly Invalid[]) {
    super('The value is not valid.');
  }
}

/** Messages of class-validator begin with the name of the field, which is the path here. */
function withoutName(message: string, property: string): string {
  return message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
}
