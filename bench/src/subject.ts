import type { Profiler } from 'node:inspector';
import { setImmediate } from 'node:timers/promises';
import { writeHeapSnapshot } from 'node:v8';
import type { Lap } from './boot/stopwatch.js';
import { PromiseCount } from './count-promises.js';
import { SubjectProfiler } from './subject-profiler.js';
import { readSettings, type SubjectSettings } from './settings.js';

/** What the runner asks of a server process, and what it answers. */
export type SubjectReport =
  | ({ readonly kind: 'listening' } & Started)
  | ({ readonly kind: 'usage' } & Usage)
  | { readonly kind: 'snapshot'; readonly path: string }
  | { readonly kind: 'promises'; readonly count: number }
  | { readonly kind: 'profile'; readonly profile: Profiler.Profile | undefined };

/** CPU time and memory of a process until now. */
export interface Usage {
  readonly cpuMicros: number;
  readonly residentBytes: number;
  /** Objects of JavaScript. */
  readonly heapBytes: number;
  /** Buffers and what else hangs on such objects. */
  readonly externalBytes: number;
}

/** A server that listens. */
export interface Started {
  readonly port: number;
  /** What the parts of its start have taken, where it says so. */
  readonly laps?: Readonly<Record<string, Lap>>;
}

/** Starts a server to measure, and answers to the runner for as long as that lives. */
export async function serveSubject(
  start: (settings: SubjectSettings) => Promise<Started>,
): Promise<void> {
  const started = await start(readSettings());
  process.on('message', (message) => {
    if (message === 'usage') report({ kind: 'usage', ...usage() });
    if (message === 'collect') void collectGarbage();
    if (message === 'heap snapshot') report({ kind: 'snapshot', path: writeHeapSnapshot() });
    if (message === 'count promises') promises.start();
    if (message === 'promises') report({ kind: 'promises', count: promises.stop() });
    if (message === 'start profile') void startProfile();
    if (message === 'stop profile') void stopProfile();
  });
  process.on('disconnect', () => process.exit(0));
  report({ kind: 'listening', ...started });
}

/** CPU time and memory of this process until now. */
export function usage(): Usage {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  return {
    cpuMicros: user + system,
    residentBytes: rss,
    heapBytes: heapUsed,
    externalBytes: external,
  };
}

/** What several processes have used together. */
export function sumOf(usages: readonly Usage[]): Usage {
  const sum = (of: (one: Usage) => number) => usages.reduce((all, one) => all + of(one), 0);
  return {
    cpuMicros: sum(({ cpuMicros }) => cpuMicros),
    residentBytes: sum(({ residentBytes }) => residentBytes),
    heapBytes: sum(({ heapBytes }) => heapBytes),
    externalBytes: sum(({ externalBytes }) => externalBytes),
  };
}

const promises = new PromiseCount();
const profiler = new SubjectProfiler();

async function startProfile(): Promise<void> {
  await profiler.start();
  report({ kind: 'profile', profile: undefined });
}

async function stopProfile(): Promise<void> {
  report({ kind: 'profile', profile: await profiler.stop() });
}

async function collectGarbage(): Promise<void> {
  const { gc } = globalThis as { gc?: () => void };
  // What a finalizer lets go of is gone with the next one.
  for (let turn = 0; turn < 4; turn += 1) {
    gc?.();
    await setImmediate();
  }
  report({ kind: 'usage', ...usage() });
}

function report(message: SubjectReport): void {
  process.send?.(message);
}
