import { IntrinsicException } from '@nestjs/common';
import type { SchemaIssue } from '../catalog/schema.js';

/** The arguments of a call do not fit the schema. The message names the fields, never their values. */
export class InvalidInputError extends IntrinsicException {
  readonly code = 'INVALID_INPUT';

  constructor(
    tool: string,
    readonly issues: readonly SchemaIssue[],
  ) {
    const fields = issues.map(({ path, message }) => (path ? `${path}: ${message}` : message));
    super(`Invalid input for ${tool}: ${fields.join('; ')}`);
    this.name = 'InvalidInputError';
  }
}
