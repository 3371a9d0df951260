import { measure, type Contender, type Measurement } from '../load/rounds.js';
import { echoCall } from '../load/workload.js';
import { findNode, type OtherNode } from '../other-node.js';
import { toSvg } from '../report/bars.js';
import { ratioBar } from '../report/ratio-bar.js';
import { toRow } from '../report/table.js';
import { FLOOR, MCP_NEST, NEST, OURS, type Subject } from '../subjects.js';
import type { Section } from './section.js';

/** The same calls on another Node, which `BENCH_NODE` names: a version that npx fetches, or a path. */
export const node: Section = {
  name: 'node',
  run: async ({ clerk }) => {
    const wanted = process.env['BENCH_NODE'];
    if (!wanted) {
      return { skipped: 'Set BENCH_NODE to another Node: a version such as 24, or a path.' };
    }
    const other = await findNode(wanted);
    if (!other)
      return { skipped: `BENCH_NODE is ${wanted}, which neither runs nor can be fetched.` };
    const tokens = await clerk.tokens(1);
    const workload = echoCall('modern');
    const load = () => ({ workload, tokens, connections: 64, seconds: 1.5 });
    const on = (subject: Subject, { execPath }: OtherNode): Contender => ({
      subject: { ...subject, execPath },
      load,
    });
    const here = { execPath: process.execPath, version: process.version };
    const measurements = await measure(
      [
        on(FLOOR, here),
        ...OTHERS.map((subject) => on(subject, here)),
        on(FLOOR, other),
        ...OTHERS.map((subject) => on(subject, other)),
      ],
      { settings: clerk.settings, rounds: 5, warmUpSeconds: 4 },
    );
    const half = measurements.length / 2;
    const pairs = measurements
      .slice(0, half)
      .flatMap((before, at) => ({ before, after: measurements[half + at] ?? before }));
    const title = `${workload.name}, on Node ${here.version} and ${other.version}`;
    return {
      title,
      about:
        'Medians of interleaved rounds at 64 connections; × floor is requests per CPU second against bare Fastify on the same Node.',
      table: [
        `| server | CPU µs / request, ${here.version} | × floor | CPU µs / request, ${other.version} | × floor | CPU µs, new / old |`,
        '| --- | ---: | ---: | ---: | ---: | ---: |',
        ...pairs.map((pair) => pairRow(pair, pairs[0] ?? pair)),
      ].join('\n'),
      picture: toSvg({
        title,
        subtitle: `Requests per CPU second of the server, bare Fastify on ${here.version} = 1`,
        bars: pairs.flatMap(({ before, after }) => [
          ratioBar(before, `${before.label}, ${here.version}`),
          ratioBar(after, `${after.label}, ${other.version}`),
        ]),
      }),
      numbers: { nodes: [here.version, other.version], measurements },
    };
  },
};

const OTHERS: readonly Subject[] = [OURS, NEST, MCP_NEST];

/** One server on both. */
interface Pair {
  readonly before: Measurement;
  readonly after: Measurement;
}

function pairRow({ before, after }: Pair, floor: Pair): string {
  return toRow([
    before.label,
    before.microsPerRequest.toFixed(0),
    (before.ratio / floor.before.ratio).toFixed(2),
    after.microsPerRequest.toFixed(0),
    (after.ratio / floor.after.ratio).toFixed(2),
    (before.ratio / after.ratio).toFixed(2),
  ]);
}
