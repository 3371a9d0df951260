import { vi } from 'vitest';

/**
 * How long a test waits for what must come about by itself, in milliseconds. It tells "late" from
 * "never", on a machine that is ten times slower as well; no test may depend on its length.
 */
export const PATIENCE = 100_000;

/** Waits for something that must end by itself, and fails when it plainly does not. */
export async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${what}: not within ${PATIENCE} ms`)),
      PATIENCE,
    ).unref();
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Repeats an expectation until it holds. */
export function eventually<T>(expectation: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(expectation, { timeout: PATIENCE, interval: 10 });
}
