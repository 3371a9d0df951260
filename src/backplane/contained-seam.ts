import { Logger } from '@nestjs/common';
import type { MaybePromise } from '../request/value-or-promise.js';

/** What a {@link ContainedSeam} says of itself, and how long it waits. */
interface SeamOptions {
  /** What the application may provide there, such as `McpTaskStore`. */
  readonly name: string;
  /** What its failure means for callers, for the log. */
  readonly consequence: string;
  /** Longest wait for one answer, in milliseconds. Default: 1 000. */
  readonly timeoutMs?: number;
  /** Milliseconds of a clock that never goes back. Default: that of the process. */
  readonly now?: () => number;
}

/**
 * A place where the application may put an implementation of its own, such as one over Redis, that may
 * fail or hang. Each call has a time limit; what fails is logged once a minute, without the words of the
 * implementation, and reaches a caller only as {@link SeamFailedError} or as the given alternative.
 *
 * One that hangs is left alone for the time limit after three calls in a row that were not answered,
 * and then tried with one call: callers do not wait for it one after the other.
 *
 * @example
 * ```ts
 * const seam = new ContainedSeam({ name: 'Counters', consequence: 'Each node counts by itself.' });
 * const count = await seam.callOr(() => shared.count(key), () => local.count(key));
 * ```
 */
export class ContainedSeam {
  readonly #logger = new Logger('Seams');
  readonly #options: Required<SeamOptions>;
  #unanswered = 0;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #isProbing = false;
  #failures = 0;
  #loggedAt = Number.NEGATIVE_INFINITY;

  constructor(options: SeamOptions) {
    const { timeoutMs = SEAM_TIMEOUT_MS, now = () => performance.now() } = options;
    this.#options = { ...options, now, timeoutMs: Math.min(timeoutMs, LONGEST_TIMER) };
  }

  /**
   * Calls the implementation. A value that is known at once is returned at once.
   *
   * @throws {SeamFailedError} it threw, or did not answer in time; also as a rejection
   */
  call<T>(work: () => MaybePromise<T>): MaybePromise<T> {
    if (this.#isPaused()) throw this.#failure('is not answering');
    let answer: MaybePromise<T>;
    try {
      answer = work();
    } catch (error) {
      this.#answered();
      throw this.#failure(describeFailure(error));
    }
    if (isThenable(answer)) return this.#wait(answer);
    this.#answered();
    return answer;
  }

  /** The same, with what to do in its place. It never throws what the implementation throws. */
  callOr<T>(work: () => MaybePromise<T>, otherwise: () => MaybePromise<T>): MaybePromise<T> {
    let answer: MaybePromise<T>;
    try {
      answer = this.call(work);
    } catch {
      return otherwise();
    }
    return answer instanceof Promise ? answer.catch(otherwise) : answer;
  }

  async #wait<T>(answer: PromiseLike<T>): Promise<T> {
    const { timeoutMs } = this.#options;
    const isProbe = this.#isProbing;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<typeof LATE>((resolve) => {
      timer = setTimeout(resolve, timeoutMs, LATE);
    });
    let first: T | typeof LATE;
    try {
      first = await Promise.race([answer, late]);
    } catch (error) {
      this.#answered();
      throw this.#failure(describeFailure(error));
    } finally {
      clearTimeout(timer);
      if (isProbe) this.#isProbing = false;
    }
    if (first === LATE) throw this.#late();
    this.#answered();
    return first as T; // Only the symbol of this file is no answer.
  }

  /** Whether it is left alone now. The first call after a pause is the one that tries it. */
  #isPaused(): boolean {
    if (this.#unanswered < UNANSWERED_IN_A_ROW) return false;
    if (this.#isProbing || this.#options.now() < this.#pausedUntil) return true;
    this.#isProbing = true;
    return false;
  }

  #answered(): void {
    this.#unanswered = 0;
    this.#isProbing = false;
  }

  #late(): SeamFailedError {
    const { timeoutMs, now } = this.#options;
    this.#unanswered += 1;
    this.#pausedUntil = now() + timeoutMs;
    return this.#failure(`did not answer within ${timeoutMs} ms`);
  }

  /** Makes the error, and logs it once in a while. */
  #failure(what: string): SeamFailedError {
    const { name, consequence, now } = this.#options;
    this.#failures += 1;
    const at = now();
    if (at - this.#loggedAt >= LOG_EVERY_MS) {
      const times = this.#failures === 1 ? '' : ` (${this.#failures} failures since the last line)`;
      this.#logger.warn(`${name} ${what}${times}. ${consequence}`);
      this.#loggedAt = at;
      this.#failures = 0;
    }
    return new SeamFailedError(name);
  }
}

/** An implementation that the application provides has failed. The log says how. */
export class SeamFailedError extends Error {
  readonly code = 'SEAM_FAILED';

  constructor(seam: string) {
    super(`${seam} failed, or did not answer in time. Try again later.`);
    this.name = 'SeamFailedError';
  }
}

/** Longest wait for one answer where nothing else is said, in milliseconds. */
export const SEAM_TIMEOUT_MS = 1_000;

/** What a timer of Node can wait, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;
const UNANSWERED_IN_A_ROW = 3;
const LOG_EVERY_MS = 60_000;
const LATE = Symbol('late');

/** The kind of an error. Its message may hold keys, addresses or values of callers. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  const code: unknown = 'code' in error ? error.code : undefined;
  const kind = typeof code === 'string' && WORD.test(code) ? code : error.name;
  return WORD.test(kind) ? `failed with ${kind}` : 'failed';
}

const WORD = /^\w{1,40}$/;

function isThenable<T>(value: MaybePromise<T>): value is Promise<T> {
  return (
    typeof value === 'object' && value !== null && typeof Reflect.get(value, 'then') === 'function'
  );
}
