import { readFile, writeFile } from 'node:fs/promises';
import { startBenchClerk, type BenchClerk } from './clerk.js';
import { measure } from './load/rounds.js';
import { echoCall, type Workload } from './load/workload.js';
import { toTable } from './report/table.js';
import { FLOOR, OURS } from './subjects.js';

/**
 * `npm run bench:quick [-- --update]`: fails where this package has become half as fast against
 * the floor of the same run than `bench/baseline.json` says. Two minutes.
 */
const BASELINE = new URL('../baseline.json', import.meta.url);
// Unchanged code measures between 0.5 and 1 of the baseline on two noisy cores.
const TOLERANCE = 0.5;
const WORKLOADS: Readonly<Record<string, Workload>> = {
  modern: echoCall('modern'),
  legacy: echoCall('legacy'),
};

const baseline: Record<string, number> = JSON.parse(await readFile(BASELINE, 'utf8'));
const clerk = await startBenchClerk();
const ratios: Record<string, number> = {};
try {
  for (const [name, workload] of Object.entries(WORKLOADS)) {
    const least = (baseline[name] ?? 0) * TOLERANCE;
    let ratio = await ratioOf(clerk, workload);
    // A neighbour on the machine may have had a moment: what is slow is slow each time.
    for (let again = 0; ratio < least && again < 4; again += 1) {
      ratio = Math.max(ratio, await ratioOf(clerk, workload));
    }
    ratios[name] = Number(ratio.toFixed(3));
    const verdict = ratio < least ? 'SLOWER' : 'ok';
    console.log(`${name}: ${ratio.toFixed(2)} × floor, at least ${least.toFixed(2)}: ${verdict}\n`);
    if (ratio < least) process.exitCode = 1;
  }
} finally {
  await clerk.close();
}
if (process.argv.includes('--update')) {
  await writeFile(BASELINE, `${JSON.stringify(ratios, null, 2)}\n`);
  process.exitCode = 0;
}

async function ratioOf({ tokens, settings }: BenchClerk, workload: Workload): Promise<number> {
  const known = await tokens(1);
  const load = () => ({ workload, tokens: known, connections: 64, seconds: 1.5 });
  const measured = await measure(
    [
      { subject: FLOOR, load },
      { subject: OURS, load },
    ],
    { settings, rounds: 5, warmUpSeconds: 5 },
  );
  console.log(`${workload.name}\n\n${toTable(measured)}\n`);
  return measured[1]?.ratio ?? 0;
}
