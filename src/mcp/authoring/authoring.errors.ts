import { McpCallError, McpError } from '../mcp.errors.js';

/** The user declined or dismissed the question of `@Confirm()`. The tool did not run. */
export class NotConfirmedError extends McpCallError {
  readonly code = 'NOT_CONFIRMED';

  constructor(
    tool: string,
    readonly action: 'decline' | 'cancel',
  ) {
    super(
      action === 'decline'
        ? `${tool} did not run: the user declined it. Do not repeat the call unless the user asks for it.`
        : `${tool} did not run: the user dismissed the question without an answer. Repeat the call only if the user still wants it.`,
    );
  }
}

/** The client cannot show the question of `@Confirm()`. The tool did not run. */
export class ConfirmationUnavailableError extends McpCallError {
  readonly code = 'CONFIRMATION_UNAVAILABLE';

  constructor(tool: string) {
    super(
      `${tool} did not run: it asks the user to confirm each call, and this client did not declare that it can show forms (capability elicitation). Use a client that supports elicitation.`,
    );
  }
}

/** An image, a sound or a file cannot be sent: a bug of its handler. It is logged. */
export class InvalidContentError extends McpError {
  readonly code = 'INVALID_CONTENT';

  constructor(kind: string, problem: string) {
    super(`The ${kind} cannot be sent: ${problem}`);
  }
}
