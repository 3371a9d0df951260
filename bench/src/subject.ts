import type { Profiler } from 'node:inspector';
import { SubjectProfiler } from './subject-profiler.js';
import { readSettings, type SubjectSettings } from './settings.js';

/** What the runner asks of a server process, and what it answers. */
export type SubjectReport =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'usage'; readonly cpuMicros: number; readonly residentBytes: number }
  | { readonly kind: 'profile'; readonly profile: Profiler.Profile | undefined };

/** Starts a server to measure, and answers to the runner for as long as that lives. */
export async function serveSubject(
  start: (settings: SubjectSettings) => Promise<{ readonly port: number }>,
): Promise<void> {
  const { port } = await start(readSettings());
  process.on('message', (message) => {
    if (message === 'usage') report(usage());
    if (message === 'collect') collectGarbage();
    if (message === 'start profile') void startProfile();
    if (message === 'stop profile') void stopProfile();
  });
  process.on('disconnect', () => process.exit(0));
  report({ kind: 'listening', port });
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
