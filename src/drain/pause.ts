/** A wait that may be given up. */
export interface Pause {
  readonly over: Promise<void>;
  cancel(): void;
}

/** Injects what waits for a number of milliseconds, so that tests say when a wait is over. */
export const DRAIN_PAUSE = Symbol('DRAIN_PAUSE');

/** Waits on a timer of Node. */
export function pause(milliseconds: number): Pause {
  let cancel = (): void => undefined;
  const over = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    cancel = () => clearTimeout(timer);
  });
  return { over, cancel: () => cancel() };
}
