import { McpError, type SchemaIssue } from '../mcp.errors.js';

/** A prompt returned neither text nor messages: a bug of its handler. It is logged. */
export class InvalidPromptResultError extends McpError {
  readonly code = 'INVALID_PROMPT_RESULT';

  constructor(source: string) {
    super(
      `${source} did not return a prompt. Return text, messages of the protocol, or a whole result.`,
    );
  }
}

/** A tool returned a value that its `output` schema refuses: a bug of its handler. It is logged. */
export class InvalidToolOutputError extends McpError {
  readonly code = 'INVALID_TOOL_OUTPUT';

  constructor(source: string, issues: readonly SchemaIssue[]) {
    const fields = issues.map(({ path, message }) => `${path || '(result)'}: ${message}`);
    super(
      `${source} returned a value that its output schema refuses: ${fields.join('; ')}. Return a matching value or change the schema.`,
    );
  }
}

/**
 * A handler returned a value that JSON would write as nothing, such as a Map: a bug of the handler.
 * It is logged.
 */
export class UnsendableResultError extends McpError {
  readonly code = 'UNSENDABLE_RESULT';

  /** @param path of the value in the result, such as `items[2].tags`; empty for the result */
  constructor(source: string, path: string, problem: string, options?: ErrorOptions) {
    super(`${source} returned at ${path || '(result)'} ${problem}`, options);
  }
}
