import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Report } from './report.js';

/**
 * Compiles the service with the demo of several nodes, and runs it.
 *
 * @returns its exit code
 */
export async function runNodes(nodes: string, report: Report): Promise<number> {
  report.title('Compiling the service …');
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const compiled = await run([tsc, '-p', 'examples/demo-nodes']);
  if (compiled !== 0) return compiled;
  // The service reads its version there.
  await copyFile('package.json', 'build/demo-nodes/package.json');
  return run(['build/demo-nodes/examples/demo-nodes/main.js', nodes]);
}

async function run(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  const stop = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of SIGNALS) process.on(signal, stop);
  const [code] = await once(child, 'exit');
  for (const signal of SIGNALS) process.off(signal, stop);
  return Number(code ?? 1);
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
