import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** What one run of the official suite found. */
export interface SuiteResult {
  readonly passed: number;
  readonly failed: number;
  /** What it printed of failures. */
  readonly failures: readonly string[];
}

/** Runs the official suite of the pinned version against a server, with these arguments. */
export async function runSuite(url: string, args: readonly string[]): Promise<SuiteResult> {
  const child = spawn(
    process.execPath,
    ['--import', SHIM, SUITE, 'server', '--url', url, ...args],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  const [exitCode] = await once(child, 'close');
  const [, passed, failed] = TOTAL.exec(output) ?? [];
  if (passed === undefined || failed === undefined) {
    throw new Error(`The suite gave no totals (exit code ${exitCode}):\n${output.slice(-2_000)}`);
  }
  return {
    passed: Number(passed),
    failed: Number(failed),
    failures: output.split('\n').filter((line) => /FAILURE|✗/.test(line)),
  };
}

const require = createRequire(import.meta.url);
const SUITE = join(
  dirname(require.resolve('@modelcontextprotocol/conformance/package.json')),
  'dist/index.js',
);
const SHIM = new URL('./node20/register.mjs', import.meta.url).href;
const TOTAL = /(?:Total|Passed): (\d+)(?:\/\d+)?(?: passed)?, (\d+) failed/;
