/** What a stretch of a process took. */
export interface Lap {
  readonly cpuMs: number;
  readonly elapsedMs: number;
}

/** Times one stretch after another, in CPU time of this process and in elapsed time. */
export class Stopwatch {
  private cpu = process.cpuUsage();
  private clock = performance.now();

  lap(): Lap {
    const { user, system } = process.cpuUsage(this.cpu);
    const elapsedMs = performance.now() - this.clock;
    this.cpu = process.cpuUsage();
    this.clock = performance.now();
    return { cpuMs: (user + system) / 1000, elapsedMs };
  }
}
