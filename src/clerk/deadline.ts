/**
 * Waits for a call of the Clerk SDK, which knows no time limit of its own, and no longer than that.
 *
 * @param timeout milliseconds
 * @throws {DeadlineExceededError} when the time is over; the call itself cannot be stopped
 */
export async function withDeadline<T>(call: Promise<T>, timeout: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeadlineExceededError(timeout)), timeout);
  });
  try {
    return await Promise.race([call, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** Clerk took longer than the configured timeout. */
class DeadlineExceededError extends Error {
  readonly code = 'CLERK_DEADLINE_EXCEEDED';

  constructor(timeout: number) {
    super(`Clerk did not answer within ${timeout} ms.`);
    this.name = 'DeadlineExceededError';
  }
}
