import { readFile, writeFile } from 'node:fs/promises';
import { startBenchClerk, type BenchClerk } from './clerk.js';
import { floorsLike } from './load/floors-like.js';
import { measure, type Contender } from './load/rounds.js';
import { echoCall, type Workload } from './load/workload.js';
import { SERVICE } from './subjects.js';

/**
 * `npm run bench:quick [-- --update]`: fails where a call of the service as shipped has become slower than
 * `bench/baseline.json` says, against the floor of the same run. Two minutes, four if something is slower.
 */
const BASELINE = new URL('../baseline.json', import.meta.url);
/** The share of the baseline that is too slow. */
const TOLERANCE = 0.15;
/** Measurements that must all be too slow: a neighbour on the machine is slow for a moment. */
const TRIES = 4;
const ROUNDS = 20;
const CONNECTIONS = 64;
/** Of each round: a few tenths of a second. */
const REQUESTS = 30 * CONNECTIONS;
const WARM_UP = 400 * CONNECTIONS;
const WORKLOADS: Readonly<Record<string, Workload>> = {
  modern: echoCall('modern'),
  legacy: echoCall('legacy'),
};

const baseline: Record<string, number> = JSON.parse(await readFile(BASELINE, 'utf8'));
const clerk = await startBenchClerk();
const ratios: Record<string, number> = {};
try {
  for (const [name, workload] of Object.entries(WORKLOADS)) {
    const least = (baseline[name] ?? 0) * (1 - TOLERANCE);
    let ratio = 0;
    for (let turn = 0; turn < TRIES && (turn === 0 || ratio < least); turn += 1) {
      ratio = Math.max(ratio, await ratioOfService(clerk, workload));
    }
    ratios[name] = Number(ratio.toFixed(3));
    const verdict = ratio < least ? 'SLOWER' : 'ok';
    console.log(`${name}: ${ratio.toFixed(2)} × floor, at least ${least.toFixed(2)}: ${verdict}`);
    if (ratio < least) process.exitCode = 1;
  }
} finally {
  await clerk.close();
}
if (process.argv.includes('--update')) {
  await writeFile(BASELINE, `${JSON.stringify(ratios, null, 2)}\n`);
  process.exitCode = 0;
}

/** Requests per CPU second against the floor: the median of many short rounds, each in turn with it. */
async function ratioOfService(
  { tokens, settings }: BenchClerk,
  workload: Workload,
): Promise<number> {
  const known = await tokens(1);
  const [floor] = await floorsLike(SERVICE, [{ workload, token: known[0] ?? '' }], settings);
  if (!floor) throw new Error('There is no floor.');
  const load = (round: number) => ({
    workload,
    tokens: known,
    connections: CONNECTIONS,
    requests: round === 0 ? WARM_UP : REQUESTS,
  });
  const contender = (subject: Contender['subject']): Contender => ({ subject, load });
  const [bare, service] = await measure([contender(floor), contender(SERVICE)], {
    settings,
    rounds: ROUNDS,
  });
  if (!bare || !service) throw new Error('Two servers were to be measured.');
  const { ratio, spread, microsPerRequest } = service;
  console.log(
    `${workload.name}: floor ${bare.microsPerRequest.toFixed(0)} µs, service ${microsPerRequest.toFixed(0)} µs, ${ratio.toFixed(2)} × (${spread.map((value) => value.toFixed(2)).join('–')})`,
  );
  return ratio;
}
