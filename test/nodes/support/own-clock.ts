import { AsyncLocalStorage } from 'node:async_hooks';

/** By how much the clock of the running code is early, in milliseconds. */
const shifts = new AsyncLocalStorage<number>();

/**
 * Gives each node of a process a clock of its own: what begins in {@link withClock} sees it, with its timers,
 * connections and requests. The monotonic clock stays as it is.
 */
export function installOwnClocks(): () => void {
  const real = globalThis.Date;
  class OwnDate extends real {
    constructor(...given: [] | [number | string]) {
      super(...((given.length === 0 ? [OwnDate.now()] : given) as [number]));
    }

    static override now(): number {
      return real.now() + (shifts.getStore() ?? 0);
    }
  }
  globalThis.Date = OwnDate as DateConstructor;
  return () => {
    globalThis.Date = real;
  };
}

/** @param shiftMs by how much the clock is early; negative where it is late */
export function withClock<T>(shiftMs: number, run: () => T): T {
  return shifts.run(shiftMs, run);
}
