/** A prompt returned what is neither text nor messages: a bug of the handler, for the log. */
export class InvalidPromptResultError extends Error {
  readonly code = 'INVALID_PROMPT_RESULT';

  constructor(source: string) {
    super(
      `${source} returned no prompt. Return text, messages of the protocol, or a whole result.`,
    );
    this.name = 'InvalidPromptResultError';
  }
}
