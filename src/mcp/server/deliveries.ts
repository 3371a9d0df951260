/** The notifications that are on their way to streams, so that a shutdown can wait for them. */
export class Deliveries {
  private readonly pending = new Set<Promise<void>>();

  /** @param onerror called with failures, which do not affect other deliveries */
  constructor(private readonly onerror: (error: Error) => void) {}

  track(delivery: Promise<void>): void {
    const settled = delivery.catch(this.onerror).finally(() => this.pending.delete(settled));
    this.pending.add(settled);
  }

  /** Resolves when the notifications so far are sent, at the latest after a second. */
  async settled(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LONGEST_MS);
    });
    await Promise.race([Promise.all(this.pending), late]);
    clearTimeout(timer);
    // What was written to a stream reaches its response within a turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const LONGEST_MS = 1_000;
