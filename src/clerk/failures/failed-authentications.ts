/**
 * Remembers how often authentication failed for an address, and holds it to
 * `limits.failuresPerAddress`. It is bounded. Provide another implementation to count across processes.
 */
export abstract class FailedAuthentications {
  /** Milliseconds until this address may fail once more; 0 while it may. */
  abstract pauseOf(address: string): number | Promise<number>;
  /** Counts a failure. */
  abstract note(address: string): void | Promise<void>;
}
