import { startBenchClerk } from './clerk.js';
import { hardTargets, latencyOf, latencyTargets, wrongAnswers } from './hostile/judge.js';
import { raid, type RaidReport, type RaidSeconds } from './hostile/raid.js';
import { toMillis } from './report/table.js';
import { isMet, targetTable, type Target } from './report/target.js';

/**
 * `npm run bench:hostile`: fails where the service dies under attack, takes more memory than it may, or
 * does not serve a caller who behaves. How long that caller waits says little of a busy machine: it
 * counts only where it is wildly more than in peace, and the service had a core to run on. About a minute.
 */
const MODES = { 'MCP_SIGN_IN=call': { peace: 4, attack: 20 }, default: { peace: 4, attack: 10 } };
/** Times the median in peace. */
const WILDLY_MORE = 20;
/** Share of the attack in which the service had no core to run on. */
const TOO_BUSY = 0.1;

const clerk = await startBenchClerk();
try {
  for (const [mode, seconds] of Object.entries(MODES)) {
    let isServed = await isServedIn(mode, seconds);
    // A neighbour on the machine may have had a moment: what is slow is slow twice.
    if (isServed === 'late') isServed = await isServedIn(mode, seconds);
    if (isServed !== true) process.exitCode = 1;
  }
} finally {
  await clerk.close();
}

/** @returns `'late'` where only the latency is far from what it should be */
async function isServedIn(mode: string, seconds: RaidSeconds): Promise<boolean | 'late'> {
  const report = await raid(mode, clerk, seconds);
  const hard = hardTargets(report);
  const wild = wildLatency(report);
  console.log(`\n${phases(report)}\n\n${targetTable([...hard, ...wild])}`);
  if (wrongAnswers(report) > 0) {
    console.log(`\nA wrong answer: ${report.during.firstWrong ?? 'in peace'}`);
  }
  if (!report.isAlive) console.log(`\nThe service said last: ${report.lastWords}`);
  if (!hard.every(isMet)) return false;
  return wild.every(isMet) || 'late';
}

function phases({ before, during, after, ...report }: RaidReport): string {
  const one = (name: string, phase: RaidReport['before']) => {
    const { p50, p99 } = latencyOf(phase);
    return `${name}: p50 ${toMillis(p50)} ms, p99 ${toMillis(p99)} ms`;
  };
  const { cpuShare, waitingShare, longestBlockMs, attacks } = report;
  const goes = Object.values(attacks).reduce((sum, tally) => sum + tally.goes, 0);
  return `${one('Before', before)}. ${one('During', during)}. ${one('After', after)}. ${goes} attacks took ${cpuShare.toFixed(2)} of a core, ${waitingShare.toFixed(2)} of the time was spent waiting for one, and the event loop was blocked for ${toMillis(longestBlockMs)} ms at most.`;
}

function wildLatency(report: RaidReport): readonly Target[] {
  const [median] = latencyTargets(report, 0);
  // Others use the machine: that the caller waited says nothing of the service.
  if (report.waitingShare > TOO_BUSY) return [];
  return median ? [{ ...median, atMost: WILDLY_MORE }] : [];
}
