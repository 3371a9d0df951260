import { readFile } from 'node:fs/promises';

/** Watches the resident memory of another process, as Linux tells it. */
export class ResidentMemory {
  /** Megabytes, one for each second. */
  readonly samples: number[] = [];
  private peakMegabytes = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly pid: number) {
    this.timer = setInterval(() => void this.sample(), SAMPLE_MS);
  }

  /** The most that was resident at any time since the process was started, in megabytes. */
  get peak(): number {
    return this.peakMegabytes;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async sample(): Promise<void> {
    // Of a process that died there is nothing to read.
    const status = await readFile(`/proc/${this.pid}/status`, 'utf8').catch(() => '');
    const megabytes = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN) / 1024;
    const now = megabytes('VmRSS');
    if (Number.isNaN(now)) return;
    this.samples.push(now);
    // The kernel saw more than the samples did.
    this.peakMegabytes = Math.max(this.peakMegabytes, megabytes('VmHWM'));
  }
}

const SAMPLE_MS = 1_000;
