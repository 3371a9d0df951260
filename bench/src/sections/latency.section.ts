import { measure, type Contender, type Measurement } from '../load/rounds.js';
import { echoCall } from '../load/workload.js';
import { toSvg } from '../report/bars.js';
import { toMillis, toRow } from '../report/table.js';
import type { Target } from '../report/target.js';
import { FLOOR, NEST, OURS } from '../subjects.js';
import type { Bench, Section } from './section.js';

/** How long a caller waits, with few and with many others. */
export const latency: Section = {
  name: 'latency',
  run: async (bench) => {
    const crowds: Crowd[] = [];
    for (const connections of [1, 64, 256]) crowds.push(await measureCrowd(connections, bench));
    const title = 'Latency of tools/call, 2026-07-28';
    const rows = crowds.flatMap(({ connections, measurements }) =>
      measurements.map((measurement) => ({ connections, ...measurement })),
    );
    return {
      title,
      about:
        'Closed loop: each connection sends its next request when the last one was answered, so that the server is saturated with 64 and 256 of them, and its latency is its throughput turned round. Milliseconds, medians over the rounds; × is p99 against the first row of as many connections, compared within a round.',
      table: [
        '| connections | server | p50 ms | p99 ms | p99, × floor | requests per second |',
        '| ---: | --- | ---: | ---: | ---: | ---: |',
        ...rows.map(({ connections, label, latency: { p50, p99 }, p99Ratio, requestsPerSecond }) =>
          toRow([
            connections,
            label,
            toMillis(p50),
            toMillis(p99),
            p99Ratio.toFixed(2),
            requestsPerSecond.toFixed(0),
          ]),
        ),
      ].join('\n'),
      picture: toSvg({
        title,
        subtitle: 'p99, twice that of bare Fastify with as many connections = 1',
        bars: rows.map(({ connections, label, latency: { p99 }, p99Ratio }) => ({
          label: `${label}, ${connections} connections`,
          share: p99Ratio / 2,
          text: `${toMillis(p99)} ms (${p99Ratio.toFixed(2)} ×)`,
        })),
      }),
      targets: targetsOf(crowds),
      numbers: { crowds },
    };
  },
};

function targetsOf(crowds: readonly Crowd[]): readonly Target[] {
  const { measurements } = crowds.find(({ connections }) => connections === 64) ?? {};
  const measured = measurements?.find(({ label }) => label === OURS.label)?.p99Ratio;
  if (measured === undefined) return [];
  const what = 'tools/call, p99 at 64 connections against bare Fastify';
  return [{ what, measured, atMost: 2, unit: ' ×' }];
}

interface Crowd {
  readonly connections: number;
  readonly measurements: readonly Measurement[];
}

async function measureCrowd(connections: number, { clerk }: Bench): Promise<Crowd> {
  const tokens = await clerk.tokens(1);
  const workload = echoCall('modern');
  const load = () => ({ workload, tokens, connections, seconds: 1.5 });
  const contender = (subject: Contender['subject']): Contender => ({ subject, load });
  const measurements = await measure([contender(FLOOR), contender(NEST), contender(OURS)], {
    settings: clerk.settings,
    rounds: 7,
    warmUpSeconds: 3,
  });
  return { connections, measurements };
}
