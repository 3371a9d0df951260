import { readSettings, type SubjectSettings } from './settings.js';

/** What the runner asks of a server process, and what it answers. */
export type SubjectReport =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'usage'; readonly cpuMicros: number; readonly residentBytes: number };

/** Starts a server to measure, and answers to the runner for as long as that lives. */
export async function serveSubject(
  start: (settings: SubjectSettings) => Promise<{ readonly port: number }>,
): Promise<void> {
  const { port } = await start(readSettings());
  process.on('message', (message) => {
    if (message === 'usage') report(usage());
    if (message === 'collect') collectGarbage();
  });
  process.on('disconnect', () => process.exit(0));
  report({ kind: 'listening', port });
}

function usage(): SubjectReport {
  const { user, system } = process.cpuUsage();
  return { kind: 'usage', cpuMicros: user + system, residentBytes: process.memoryUsage.rss() };
}

function collectGarbage(): void {
  const { gc } = globalThis as { gc?: () => void };
  gc?.();
  report(usage());
}

function report(message: SubjectReport): void {
  process.send?.(message);
}
