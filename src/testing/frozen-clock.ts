/**
 * What time it is, for everything in this process that asks `Date`: the application, the stand-in
 * and the tokens that it issues. Timers go on as they did.
 */
export class FrozenClock {
  #real: DateConstructor | undefined;
  #now = 0;

  /** Whether time stands still. */
  get frozen(): boolean {
    return this.#real !== undefined;
  }

  /**
   * Time stands still from now on.
   *
   * @param at a date, ISO 8601 text, or milliseconds since the epoch. Default: now
   */
  freeze(at: Date | string | number = Date.now()): void {
    const now = new Date(at).getTime();
    if (Number.isNaN(now)) throw new TypeError(`${String(at)} is no date. Say it in ISO 8601.`);
    this.#now = now;
    if (this.#real) return;
    this.#real = globalThis.Date;
    globalThis.Date = dateAt(this.#real, () => this.#now);
  }

  /** Moves the time on, and freezes it when it was not. */
  advance({ days = 0, hours = 0, minutes = 0, seconds = 0, milliseconds = 0 }: Span): void {
    const wholeSeconds = ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
    this.freeze(Date.now() + wholeSeconds * 1000 + milliseconds);
  }

  /** Time goes on, as it really is. */
  restore(): void {
    if (!this.#real) return;
    globalThis.Date = this.#real;
    this.#real = undefined;
  }
}

/** A stretch of time. What is left out is 0; negative numbers go back. */
export interface Span {
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
  readonly milliseconds?: number;
}

/** A proxy, so that dates of before and after are instances of one and the same class. */
function dateAt(real: DateConstructor, now: () => number): DateConstructor {
  return new Proxy(real, {
    construct: (target, args, newTarget): object =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new real(now()).toString(),
    get: (target, key, receiver): unknown =>
      key === 'now' ? now : Reflect.get(target, key, receiver),
  });
}
