import { Logger } from '@nestjs/common';
import { isThenable, type MaybePromise } from '../request/value-or-promise.js';

/** Options of {@link ContainedSeam}. */
interface SeamOptions {
  /** What the application may provide, such as `McpTaskStore`; for the log and the error. */
  readonly name: string;
  /** What a failure means for callers, for the log. */
  readonly consequence: string;
  /** Timeout of one call, in milliseconds. Default: 1,000. */
  readonly timeoutMs?: number;
  /** A monotonic clock, in milliseconds. Default: `performance.now()`. */
  readonly now?: () => number;
}

/**
 * Calls an implementation that the application may provide, such as one on Redis, which may fail or hang.
 * Each call has a timeout. A failure is logged at most once a minute, without the message of its error,
 * and reaches the caller only as {@link SeamFailedError} or as the given alternative.
 *
 * After three timeouts in a row, calls fail at once for as long as one timeout. Then a single call tests
 * the implementation, so that callers do not wait for it one after the other.
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
   * Calls the implementation. A synchronous result is returned synchronously.
   *
   * @throws {SeamFailedError} it threw, timed out, or is paused; as a rejection if it returned a promise
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

  /** Like {@link call}, but returns the result of `otherwise` if the call fails. */
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
    return first as T; // The only other value is `LATE`.
  }

  /** Whether calls fail at once. The first call after a pause tests the implementation. */
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

  /** Creates the error, and logs it at most once a minute. */
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

/** An implementation that the application provides failed. The log has the kind of the error. */
export class SeamFailedError extends Error {
  readonly code = 'SEAM_FAILED';

  constructor(seam: string) {
    super(`${seam} failed, or did not answer in time. Try again later.`);
    this.name = 'SeamFailedError';
  }
}

/** Default timeout of one call, in milliseconds. */
export const SEAM_TIMEOUT_MS = 1_000;

/** Longest delay of a Node.js timer, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;
const UNANSWERED_IN_A_ROW = 3;
const LOG_EVERY_MS = 60_000;
const LATE = Symbol('late');

/** The kind of an error. The message is left out: it may contain keys, addresses or values of callers. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  const code: unknown = 'code' in error ? error.code : undefined;
  const kind = typeof code === 'string' && WORD.test(code) ? code : error.name;
  return WORD.test(kind) ? `failed with ${kind}` : 'failed';
}

const WORD = /^\w{1,40}$/;
