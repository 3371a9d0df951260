/** The server asked the user something that the test has no answer for. */
export class UnansweredQuestionError extends Error {
  readonly code = 'UNANSWERED_QUESTION';

  constructor(message: string) {
    super(
      `The server asked ${JSON.stringify(message)}, and the test has no answer. Call answers() of the caller first.`,
    );
    this.name = 'UnansweredQuestionError';
  }
}
