/** Counts the calls of one tool that run now, at all and for each caller. */
export class CallSlots {
  private running = 0;
  private readonly byCaller = new Map<string, number>();

  constructor(
    private readonly limits: {
      readonly maxConcurrent: number;
      readonly maxConcurrentPerPrincipal: number;
    },
  ) {}

  /** Whose calls leave no room for one more of this caller; `undefined` where there is room. */
  fullFor(caller: string): 'all' | 'caller' | undefined {
    const { maxConcurrent, maxConcurrentPerPrincipal } = this.limits;
    if ((this.byCaller.get(caller) ?? 0) >= maxConcurrentPerPrincipal) return 'caller';
    return this.running >= maxConcurrent ? 'all' : undefined;
  }

  take(caller: string): void {
    this.running += 1;
    this.byCaller.set(caller, (this.byCaller.get(caller) ?? 0) + 1);
  }

  release(caller: string): void {
    this.running -= 1;
    const left = (this.byCaller.get(caller) ?? 1) - 1;
    if (left > 0) this.byCaller.set(caller, left);
    else this.byCaller.delete(caller);
  }
}
