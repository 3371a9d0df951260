import type { Target } from '../report/target.js';
import type { AttackCost } from './costs.js';
import type { GoodCallsOutcome } from './good-caller.js';
import type { RaidReport } from './raid.js';

/** Milliseconds that a caller waits. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
}

export function latencyOf({ latencies }: GoodCallsOutcome): Latency {
  const sorted = latencies.toSorted((one, other) => one - other);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}

/** Calls that were answered anything but 200, or with another message. */
export function wrongAnswers({ before, during, after }: RaidReport): number {
  return [before, during, after]
    .map(({ latencies, statuses }) => latencies.length - (statuses[200] ?? 0))
    .reduce((sum, count) => sum + count);
}

/** The CPU time of the costliest single request, in milliseconds. */
export function costliest(costs: readonly AttackCost[]): number {
  return Math.max(...costs.map(({ cpuMillis }) => cpuMillis));
}

/** The requests that were refused for more than they may cost. */
export function overBound(costs: readonly AttackCost[]): readonly AttackCost[] {
  return costs.filter(({ cpuMillis, boundMs = Infinity }) => cpuMillis > boundMs);
}

/** What holds on any machine, however busy. */
export function hardTargets(report: RaidReport): readonly Target[] {
  const { mode, isAlive, peakMegabytes } = report;
  return [
    { what: `${mode}: it died`, measured: isAlive ? 0 : 1, atMost: 0, unit: ' times' },
    { what: `${mode}: resident memory`, measured: peakMegabytes, atMost: 400, unit: ' MB' },
    {
      what: `${mode}: calls of the good caller that were not answered 200`,
      measured: wrongAnswers(report),
      atMost: 0,
      unit: '',
    },
  ];
}

/** How long the good caller waits. */
export function latencyTargets(report: RaidReport, costliestMs: number): readonly Target[] {
  const { mode } = report;
  const before = latencyOf(report.before);
  const during = latencyOf(report.during);
  return [
    {
      what: `${mode}: median of the good caller, against that in peace`,
      measured: during.p50 / before.p50,
      atMost: 2,
      unit: ' ×',
    },
    {
      what: `${mode}: p99 of the good caller, at most that in peace and twice the costliest request`,
      measured: during.p99,
      atMost: Math.round(before.p99 + 2 * costliestMs),
      unit: ' ms',
    },
    {
      what: `${mode}: median after the attack, against that before`,
      measured: latencyOf(report.after).p50 / before.p50,
      atMost: 1.5,
      unit: ' ×',
    },
  ];
}
