import { Injectable, type OnModuleDestroy } from '@nestjs/common';

/**
 * The one timer of all open calls of an endpoint. Their age is counted in its beats, so that a quick
 * call costs neither a timer nor a look at the clock.
 */
@Injectable()
export class Heartbeat implements OnModuleDestroy {
  /** Number of beats so far. */
  count = 0;
  private readonly listeners: (() => void)[] = [];
  private readonly timer: NodeJS.Timeout | undefined;

  /** @param intervalMs milliseconds between two beats. Absent: it beats when {@link beat} is called */
  constructor(intervalMs?: number) {
    if (intervalMs !== undefined) this.timer = setInterval(() => this.beat(), intervalMs).unref();
  }

  /** Calls a function with each beat, after those that were registered before it. */
  onBeat(listener: () => void): void {
    this.listeners.push(listener);
  }

  beat(): void {
    this.count += 1;
    for (const listener of this.listeners) listener();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }
}

/**
 * Milliseconds between two beats. A call is slow after {@link SLOW_BEATS}, and a stream is silent for
 * {@link SILENT_BEATS} at most, so that a proxy which gives up after two silent seconds keeps both.
 */
export const BEAT_MS = 500;

/** After this many beats a call is answered with a stream: after 1 to 1.5 seconds. */
export const SLOW_BEATS = 3;

/** After this many beats without a byte, a call's stream gets a comment: after 0.5 to 1 second. */
export const SILENT_BEATS = 2;
