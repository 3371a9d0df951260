import { monitorEventLoopDelay } from 'node:perf_hooks';

/**
 * Loaded into the service before its own code: tells the runner the CPU time of the process, and the
 * longest time that the event loop was blocked since it was last asked.
 */
const RESOLUTION_MS = 5;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  const longestBlockMs = Math.max(0, delay.max / 1e6 - RESOLUTION_MS);
  delay.reset();
  process.send?.({ cpuMillis: (user + system) / 1_000, longestBlockMs } satisfies Probe);
});
process.on('disconnect', () => process.exit(0));
// The service decides by itself when it is done.
process.channel?.unref();

/** What the service has used. */
export interface Probe {
  /** Since it was started. */
  readonly cpuMillis: number;
  /** Since the last answer. */
  readonly longestBlockMs: number;
}
