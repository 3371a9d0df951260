import type { ElicitRequestParams, ElicitResult } from '@modelcontextprotocol/client';
import { UnansweredQuestionError } from '../testing.errors.js';

/** What the server asks the user: a form (`requestedSchema`) or a page (`url`). */
export type AskedQuestion = ElicitRequestParams;

/**
 * What the user answers: the fields of the form, or `'accept'` for a page, `'decline'`, `'cancel'`.
 */
export type UserAnswer =
  Readonly<Record<string, string | number | boolean | string[]>> | 'accept' | 'decline' | 'cancel';

/** Answers questions, whatever they are. */
export type Answering = (question: AskedQuestion) => UserAnswer | Promise<UserAnswer>;

/** The user of a caller: answers what the server asks, and remembers it. */
export class Questions {
  /** Everything that was asked, in order. */
  readonly asked: AskedQuestion[] = [];
  #answering: Answering | undefined;
  #queue: UserAnswer[] = [];
  #unanswered: AskedQuestion | undefined;

  /** Answers of now replace those of before that were not used. */
  prepare(answers: readonly (UserAnswer | Answering)[]): void {
    this.#answering = answers.findLast((answer) => typeof answer === 'function');
    this.#queue = answers.filter((answer) => typeof answer !== 'function');
  }

  async answer(question: AskedQuestion): Promise<ElicitResult> {
    this.asked.push(question);
    const answer = this.#queue.shift() ?? (await this.#answering?.(question));
    if (answer === undefined) {
      this.#unanswered = question;
      throw new UnansweredQuestionError(question.message);
    }
    if (typeof answer === 'string') return { action: answer };
    return { action: 'accept', content: { ...answer } };
  }

  /** @throws {UnansweredQuestionError} something was asked meanwhile and had no answer */
  assertAnswered(): void {
    const question = this.#unanswered;
    this.#unanswered = undefined;
    if (question) throw new UnansweredQuestionError(question.message);
  }
}
