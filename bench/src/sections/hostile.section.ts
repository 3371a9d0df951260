import { measureCosts, type AttackCost } from '../hostile/costs.js';
import { HEAP_MEGABYTES, HostileService } from '../hostile/hostile-service.js';
import {
  costliest,
  hardTargets,
  latencyOf,
  latencyTargets,
  overBound,
  wrongAnswers,
} from '../hostile/judge.js';
import { MODES, raid, type RaidReport } from '../hostile/raid.js';
import { toSvg } from '../report/bars.js';
import { toMillis, toRow } from '../report/table.js';
import type { Bench, Section } from './section.js';

/** The service under all known attacks at once, and what each of them costs. */
export const hostile: Section = {
  name: 'hostile',
  run: async (bench) => {
    if (process.platform !== 'linux') {
      return { skipped: 'Linux alone tells the memory of another process in /proc.' };
    }
    const attack = secondsAsked();
    const costs = await costsOf(bench);
    const raids: RaidReport[] = [];
    for (const mode of Object.keys(MODES)) {
      raids.push(await raid(mode, bench.clerk, { peace: Math.min(45, attack), attack }));
    }
    const dearest = costliest(costs);
    const over = overBound(costs);
    const title = 'The service under attack';
    return {
      title,
      about: `\`node dist/main.js\` with a heap of ${HEAP_MEGABYTES} MB, for ${attack} seconds under a mix of ${costs.length} attacks in each mode. They come from two addresses without a token, and from three self-registered clients of two people, all at nearly the pace that the default limits allow. Beside them one signed-in caller calls \`echo\` nine times a second, whether or not the last call was answered. The load runs in processes of its own, on the same cores. Where the service waited for a core for a large share of the time, others used the machine, and its latencies say little.`,
      table: [
        'Milliseconds that the good caller waited, before, during and after the attack:',
        raidTable(raids),
        `CPU time of each attack alone, of one request, medians. A request that is refused may take three times what \`JSON.parse\` takes for a flat body of its size and 20 ms: ${over.length} of ${costs.filter(({ isRefused }) => isRefused).length} take more.`,
        costTable(costs),
        'How the attacks of the mix were answered: how often each status, 0 where the connection was closed, - where no answer was waited for.',
        attackTable(raids),
      ].join('\n\n'),
      targets: [
        ...raids.flatMap((report) => [...hardTargets(report), ...latencyTargets(report, dearest)]),
        {
          what: 'kinds of refused requests that cost more than they may',
          measured: over.length,
          atMost: 0,
          unit: '',
        },
      ],
      picture: toSvg({
        title,
        subtitle: `Resident memory, 400 MB = 1; the heap is limited to ${HEAP_MEGABYTES} MB`,
        bars: raids.map(({ mode, peakMegabytes }) => ({
          label: `nestjs-clerk-mcp, ${mode}`,
          share: peakMegabytes / 400,
          text: `${peakMegabytes.toFixed(0)} MB at most`,
        })),
      }),
      numbers: { costs, raids: raids.map(withoutCalls) },
    };
  },
};

/** `--seconds 60`: how long each mode is attacked. Default: 300. */
function secondsAsked(): number {
  const at = process.argv.indexOf('--seconds');
  const seconds = at === -1 ? 300 : Number(process.argv[at + 1]);
  if (!(seconds > 0)) throw new Error('Say how many seconds: --seconds 60');
  return seconds;
}

async function costsOf({ clerk }: Bench): Promise<readonly AttackCost[]> {
  const service = await HostileService.start(clerk.settings, {});
  try {
    return await measureCosts(service, () => clerk.tokenOfNewClient());
  } finally {
    await service.stop();
  }
}

function raidTable(raids: readonly RaidReport[]): string {
  return [
    '| mode | p50 before | during | after | p99 before | during | after | calls | not 200 | resident MB | share of a core | waited for a core | longest block ms |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...raids.map((report) => {
      const phases = [report.before, report.during, report.after];
      const latencies = phases.map(latencyOf);
      return toRow([
        report.mode,
        ...latencies.map(({ p50 }) => toMillis(p50)),
        ...latencies.map(({ p99 }) => toMillis(p99)),
        phases.reduce((sum, phase) => sum + phase.latencies.length, 0),
        wrongAnswers(report),
        report.peakMegabytes.toFixed(0),
        report.cpuShare.toFixed(2),
        report.waitingShare.toFixed(2),
        report.longestBlockMs.toFixed(0),
      ]);
    }),
  ].join('\n');
}

function costTable(costs: readonly AttackCost[]): string {
  return [
    '| attack | bytes | status | CPU ms | longest block ms | bound ms | |',
    '| --- | ---: | ---: | ---: | ---: | ---: | --- |',
    ...costs
      .toSorted((one, other) => other.cpuMillis - one.cpuMillis)
      .map(({ name, bytes, status = '-', cpuMillis, longestBlockMs, boundMs }) =>
        toRow([
          name,
          bytes === 0 ? '–' : bytes.toLocaleString('en'),
          status,
          cpuMillis.toFixed(1),
          longestBlockMs.toFixed(0),
          boundMs?.toFixed(0) ?? '–',
          cpuMillis > (boundMs ?? Infinity) ? '**over**' : '',
        ]),
      ),
  ].join('\n');
}

function attackTable(raids: readonly RaidReport[]): string {
  const names = [...new Set(raids.flatMap(({ attacks }) => Object.keys(attacks)))].toSorted();
  const cell = ({ attacks }: RaidReport, name: string) =>
    Object.entries(attacks[name]?.statuses ?? {})
      .map(([status, count]) => `${status}: ${count}`)
      .join(', ');
  return [
    toRow(['attack', ...raids.map(({ mode }) => mode)]),
    toRow(['---', ...raids.map(() => '---')]),
    ...names.map((name) => toRow([name, ...raids.map((report) => cell(report, name))])),
  ].join('\n');
}

/** The latencies are thousands. */
function withoutCalls({ before, during, after, ...report }: RaidReport) {
  const summary = (phase: RaidReport['before']) => ({
    ...latencyOf(phase),
    calls: phase.latencies.length,
    statuses: phase.statuses,
    firstWrong: phase.firstWrong,
  });
  return { ...report, before: summary(before), during: summary(during), after: summary(after) };
}
