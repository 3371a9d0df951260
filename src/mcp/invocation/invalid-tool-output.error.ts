import type { SchemaIssue } from '../catalog/schema.js';

/** A tool returned what its own `output` schema refuses: a bug of the tool, for the log. */
export class InvalidToolOutputError extends Error {
  readonly code = 'INVALID_TOOL_OUTPUT';

  constructor(source: string, issues: readonly SchemaIssue[]) {
    const fields = issues.map(({ path, message }) => `${path || '(result)'}: ${message}`);
    super(
      `${source} returned a value that its output schema refuses: ${fields.join('; ')}. Return what the schema says or change the schema.`,
    );
    this.name = 'InvalidToolOutputError';
  }
}
