import type { Profiler } from 'node:inspector';
import type { Lap } from './boot/stopwatch.js';
import { SubjectProfiler } from './subject-profiler.js';
import { readSettings, type SubjectSettings } from './settings.js';

/** What the runner asks of a server process, and what it answers. */
export type SubjectReport =
  | ({ readonly kind: 'listening' } & Started)
  | { readonly kind: 'usage'; readonly cpuMicros: number; readonly residentBytes: number }
  | { readonly kind: 'profile'; readonly profile: Profiler.Profile | undefined };

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
    if (message === 'usage') report(usage());
    if (message === 'collect') collectGarbage();
    if (message === 'start profile') void startProfile();
    if (message === 'stop profile') void stopProfile();
  });
  process.on('disconnect', () => process.exit(0));
  report({ kind: 'listening', ...started });
}

function usage(): SubjectReport {
  const { user, system } = process.cpuUsage();
  return { kind: 'usage', cpuMicros: user + system, residentBytes: process.memoryUsage.rss() };
}

const profiler = new SubjectProfiler();

async function startProfile(): Promise<void> {
  await profiler.start();
  report({ kind: 'profile', profile: undefined });
}

async function stopProfile(): Promise<void> {
  report({ kind: 'profile', profile: await profiler.stop() });
}

function collectGarbage(): void {
  const { gc } = globalThis as { gc?: () => void };
  gc?.();
  report(usage());
}

function report(message: SubjectReport): void {
  process.send?.(message);
}
