/**
 * Controls `Date` in this process, and with it the time of the application, the emulator and the tokens.
 * Timers such as `setTimeout` run in real time.
 */
export class FrozenClock {
  #real: DateConstructor | undefined;
  #now = 0;

  /** Whether the time is frozen. */
  get frozen(): boolean {
    return this.#real !== undefined;
  }

  /**
   * Freezes the time.
   *
   * @param at a date, ISO 8601 text, or milliseconds since the epoch. Default: now
   * @throws {TypeError} `at` is not a valid date
   */
  freeze(at: Date | string | number = Date.now()): void {
    const now = new Date(at).getTime();
    if (Number.isNaN(now))
      throw new TypeError(`${String(at)} is not a date. Write it in ISO 8601.`);
    this.#now = now;
    if (this.#real) return;
    this.#real = globalThis.Date;
    globalThis.Date = dateAt(this.#real, () => this.#now);
  }

  /** Moves the time forward, and freezes it if it was not frozen. */
  advance({ days = 0, hours = 0, minutes = 0, seconds = 0, milliseconds = 0 }: Span): void {
    const wholeSeconds = ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
    this.freeze(Date.now() + wholeSeconds * 1000 + milliseconds);
  }

  /** Restores the real time. */
  restore(): void {
    if (!this.#real) return;
    globalThis.Date = this.#real;
    this.#real = undefined;
  }
}

/** A span of time. Missing members are 0; negative numbers move the time back. */
export interface Span {
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
  readonly milliseconds?: number;
}

/** A proxy, so that dates from before and after are instances of the same class. */
function dateAt(real: DateConstructor, now: () => number): DateConstructor {
  return new Proxy(real, {
    construct: (target, args, newTarget): object =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new real(now()).toString(),
    get: (target, key, receiver): unknown =>
      key === 'now' ? now : Reflect.get(target, key, receiver),
  });
}
