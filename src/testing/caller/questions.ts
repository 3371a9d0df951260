import type { ElicitRequestParams, ElicitResult } from '@modelcontextprotocol/client';
import { UnansweredQuestionError } from '../testing.errors.js';

/** Answers the questions of the server for the user of one caller, and records them. */
export class Questions {
  /** All questions so far, in order. */
  readonly asked: AskedQuestion[] = [];
  #answering: Answering | undefined;
  #queue: UserAnswer[] = [];
  #unanswered: AskedQuestion | undefined;

  /** Sets the next answers. They replace earlier answers that were not used. */
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

  /** @throws {UnansweredQuestionError} a question since the last check had no answer */
  assertAnswered(): void {
    const question = this.#unanswered;
    this.#unanswered = undefined;
    if (question) throw new UnansweredQuestionError(question.message);
  }
}

/** A question of the server to the user: a form (`requestedSchema`) or a page to visit (`url`). */
export type AskedQuestion = ElicitRequestParams;

/** Answer of the user: the fields of a form, `'accept'` for a page, `'decline'` or `'cancel'`. */
export type UserAnswer =
  Readonly<Record<string, string | number | boolean | string[]>> | 'accept' | 'decline' | 'cancel';

/** Computes the answer to a question. */
export type Answering = (question: AskedQuestion) => UserAnswer | Promise<UserAnswer>;
