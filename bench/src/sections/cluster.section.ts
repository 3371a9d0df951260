import { availableParallelism } from 'node:os';
import { measure, type Measurement } from '../load/rounds.js';
import { echoCall } from '../load/workload.js';
import { toSvg } from '../report/bars.js';
import { ratioBar } from '../report/ratio-bar.js';
import { toMillis, toRow } from '../report/table.js';
import type { Target } from '../report/target.js';
import { OURS } from '../subjects.js';
import type { Section } from './section.js';

/** One process against two workers of `node:cluster`, which need no sessions to share in 2026-07-28. */
export const cluster: Section = {
  name: 'cluster',
  run: async ({ clerk }) => {
    const cores = availableParallelism();
    if (cores < WORKERS) return { skipped: `${WORKERS} workers need as many cores.` };
    const tokens = await clerk.tokens(1);
    const workload = echoCall('modern');
    const load = () => ({ workload, tokens, connections: 64, seconds: 2 });
    const workers = { ...OURS, script: 'cluster', args: [OURS.script, `${WORKERS}`] };
    const measurements = await measure(
      [
        { subject: { ...OURS, label: 'one process' }, load },
        { subject: { ...workers, label: `node:cluster, ${WORKERS} workers` }, load },
      ],
      { settings: clerk.settings, rounds: 7 },
    );
    const title = `${workload.name}, one process and ${WORKERS} workers`;
    return {
      title,
      about: `64 connections on ${cores} cores, of which the load takes what it needs: with two workers it competes with them, so that what a call costs in CPU time says more than how many were answered. Medians of interleaved rounds; all processes of a server are counted together.`,
      table: [
        '| server | requests per second | CPU seconds per second | CPU µs / request | requests per CPU second, × one process | p50 ms | p99 ms | resident MB |',
        '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
        ...measurements.map(
          ({ label, requestsPerSecond, microsPerRequest, ratio, latency, residentMegabytes }) =>
            toRow([
              label,
              requestsPerSecond.toFixed(0),
              ((requestsPerSecond * microsPerRequest) / 1e6).toFixed(2),
              microsPerRequest.toFixed(0),
              ratio.toFixed(2),
              toMillis(latency.p50),
              toMillis(latency.p99),
              residentMegabytes.toFixed(0),
            ]),
        ),
      ].join('\n'),
      picture: toSvg({
        title,
        subtitle: 'Requests per CPU second of all processes of the server, one process = 1',
        bars: measurements.map((measurement) => ratioBar(measurement)),
      }),
      targets: targetsOf(measurements, cores),
      numbers: { measurements },
    };
  },
};

const WORKERS = 2;

/** Only where the load has a core of its own; elsewhere the table states what was measured. */
function targetsOf([one, two]: readonly Measurement[], cores: number): readonly Target[] {
  if (!one || !two || cores <= WORKERS) return [];
  return [
    {
      what: 'tools/call of two workers, requests per second against one process',
      measured: two.requestsPerSecond / one.requestsPerSecond,
      atLeast: 1.9,
      unit: ' ×',
    },
  ];
}
