/** How late messages are handled: the longest delay since it was read last. */
export class LongestLag {
  private longestMs = 0;

  /** @param now the clock that cursors are made by, in milliseconds */
  constructor(private readonly now: () => number) {}

  /** @param cursor of a message that was handled; it begins with the time when Redis got it */
  handled(cursor: string): void {
    const delay = this.now() - Number(cursor.split('-', 1)[0]);
    if (delay > this.longestMs) this.longestMs = delay;
  }

  /** In seconds. The next delay counts from here. */
  take(): number {
    const seconds = this.longestMs / 1_000;
    this.longestMs = 0;
    return seconds;
  }
}
