import { firstAnswer } from '../load/first-answer.js';
import { measure, type Measurement } from '../load/rounds.js';
import { listCall } from '../load/workload.js';
import { toSvg } from '../report/bars.js';
import { ratioBar } from '../report/ratio-bar.js';
import { toRow } from '../report/table.js';
import type { Target } from '../report/target.js';
import { SubjectProcess } from '../subject-process.js';
import { FLOOR, OURS } from '../subjects.js';
import type { Bench, Section } from './section.js';

/** Lists of tools, filtered for the caller, against a prepared buffer of the same size. */
export const lists: Section = {
  name: 'lists',
  run: async (bench) => {
    const sizes: Size[] = [];
    for (const tools of [10, 100, 1_000]) sizes.push(await measureSize(tools, bench));
    const title = `tools/list, 2026-07-28, ${CONNECTIONS} connections`;
    const [least] = sizes;
    return {
      title,
      about:
        'The server has a tenth more tools, which the caller may not use. The prepared buffer is sent by bare Fastify, which checks the same token. Medians; times is CPU time against the buffer, compared within a round.',
      table: [
        '| tools | bytes | CPU µs / request | prepared buffer | times | bytes, × the shortest | CPU, × the shortest |',
        '| ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
        ...sizes.map((size) => sizeRow(size, least ?? size)),
      ].join('\n'),
      picture: toSvg({
        title,
        subtitle: 'Requests per CPU second of the server, a prepared buffer of that size = 1',
        bars: sizes.map(({ tools, ours }) => ratioBar(ours, `${ours.label}, ${tools} tools`)),
      }),
      targets: targetsOf(sizes),
      numbers: { sizes },
    };
  },
};

interface Size {
  readonly tools: number;
  readonly bytes: number;
  readonly buffer: Measurement;
  readonly ours: Measurement;
}

const CONNECTIONS = 8;

async function measureSize(tools: number, { clerk }: Bench): Promise<Size> {
  const tokens = await clerk.tokens(1);
  const workload = { ...listCall('modern', tools), anyId: true };
  const subject = { ...OURS, script: 'lists', args: [`${tools}`] };
  const probe = await SubjectProcess.start(subject.script, clerk.settings, subject);
  const bytes = await firstAnswer(probe.url, workload, tokens[0] ?? '').finally(() => probe.stop());
  const prepared = { ...FLOOR, script: 'prepared-buffer', args: [`${tools}`, `${bytes}`] };
  const load = () => ({ workload, tokens, connections: CONNECTIONS, seconds: 1.5 });
  const [buffer, ours] = await measure(
    [
      { subject: prepared, load },
      { subject, load },
    ],
    { settings: clerk.settings, rounds: 5, warmUpSeconds: 3 },
  );
  if (!buffer || !ours) throw new Error('Two servers were to be measured.');
  return { tools, bytes, buffer, ours };
}

function sizeRow({ tools, bytes, buffer, ours }: Size, least: Size): string {
  return toRow([
    tools.toLocaleString('en'),
    bytes.toLocaleString('en'),
    ours.microsPerRequest.toFixed(0),
    buffer.microsPerRequest.toFixed(0),
    (1 / ours.ratio).toFixed(1),
    (bytes / least.bytes).toFixed(1),
    (ours.microsPerRequest / least.ours.microsPerRequest).toFixed(1),
  ]);
}

function targetsOf(sizes: readonly Size[]): readonly Target[] {
  const [least, longest] = [sizes[0], sizes.at(-1)];
  if (!least || !longest) return [];
  const cpu = longest.ours.microsPerRequest / least.ours.microsPerRequest;
  return [
    {
      what: 'tools/list of 1,000: CPU time against a prepared buffer of that size',
      measured: 1 / longest.ours.ratio,
      atMost: 3,
      unit: ' ×',
    },
    {
      what: 'tools/list, from 10 to 1,000 tools: growth of CPU time against that of bytes',
      measured: cpu / (longest.bytes / least.bytes),
      atMost: 1,
      unit: ' ×',
    },
  ];
}
