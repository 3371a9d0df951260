import type { AppShape } from '../boot/app-shape.js';
import { measureStarts, type Start, type Starter } from '../boot/starts.js';
import { median } from '../load/median.js';
import { echoCall, listCall, type Workload } from '../load/workload.js';
import { toSvg } from '../report/bars.js';
import { toRow } from '../report/table.js';
import type { Section } from './section.js';

const ROUNDS = 9;

/** What a thousand tools add to the start of an application, and how long a cold start takes. */
export const boot: Section = {
  name: 'boot',
  run: async ({ clerk }) => {
    const [token = ''] = await clerk.tokens(1);
    const options = { settings: clerk.settings, token, rounds: ROUNDS };
    const shapes = await measureStarts(SHAPES.map(toStarter), options);
    const withoutEmail = await clerk.tokenOfNewClient();
    const cold = COLD.map((one) => (one === SERVICE_ALONE ? { ...one, token: withoutEmail } : one));
    const colds = await measureStarts(cold, options);
    const plain = shapes[SHAPES.findIndex(({ app }) => app.schemasAlone !== undefined)] ?? [];
    const withTools = shapes.filter((_, at) => (SHAPES[at]?.app.hosts ?? 0) > 0);
    const zod = shapes.at(-1)?.map(({ laps }) => laps['zod']?.cpuMs ?? 0) ?? [];
    const nest = colds[COLD.indexOf(BARE_NEST)] ?? [];
    const coldTimes = COLD.map(({ label }, at) => ({ label, ...coldStart(colds[at] ?? [], nest) }));
    const slowest = Math.max(...coldTimes.map(({ cpuMs }) => cpuMs));
    return {
      title: 'Start of an application',
      about: ABOUT,
      table: [
        '| application | start, CPU ms | elapsed ms | CPU ms more than without tools | declaring it, CPU ms | first call, CPU ms | first list, CPU ms | resident MB |',
        '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
        ...SHAPES.slice(0, -1).map(({ label }, at) => shapeRow(label, shapes[at] ?? [], plain)),
        '',
        `zod alone, describing the input and output schemas of 1,000 tools: ${median(zod).toFixed(0)} CPU ms.`,
        '',
        '| from the spawn of the process | until it listens, CPU ms | until the first answer, CPU ms | × bare Nest | elapsed ms | resident MB |',
        '| --- | ---: | ---: | ---: | ---: | ---: |',
        ...coldTimes.map((cold) =>
          toRow([
            cold.label,
            cold.listeningMs.toFixed(0),
            cold.cpuMs.toFixed(0),
            cold.ratio.toFixed(2),
            cold.elapsedMs.toFixed(0),
            cold.residentMegabytes.toFixed(0),
          ]),
        ),
      ].join('\n'),
      picture: toSvg({
        title: 'Cold start, from the spawn of the process to the first answered tools/call',
        subtitle: 'CPU time of the process, the slowest = 1',
        bars: coldTimes.map(({ label, cpuMs }) => ({
          label,
          share: cpuMs / slowest,
          text: `${cpuMs.toFixed(0)} ms`,
        })),
      }),
      targets: [
        {
          what: 'Start with 1,000 tools among 1,100 providers, CPU time more than without them',
          measured: Math.max(...withTools.map((starts) => median(moreThan(plain, starts)))),
          atMost: 60,
          unit: ' ms',
        },
        {
          what: 'Cold start to the first answered call, CPU time against bare Nest on Fastify',
          measured: coldTimes[COLD.indexOf(SERVICE_ALONE)]?.ratio ?? Number.NaN,
          atMost: 1.3,
          unit: ' ×',
        },
      ],
      numbers: {
        shapes: SHAPES.map(({ label }, at) => ({ label, starts: shapes[at] })),
        cold: COLD.map(({ label }, at) => ({ label, starts: colds[at] })),
      },
    };
  },
};

const ABOUT = [
  'Every start is a process of its own; they take turns, and each number is the median of the rounds.',
  'The start is from NestFactory.create() until the application listens; declaring is what its files do when they are imported, which makes the schemas.',
  'What the tools add is against as many providers and schemas without tools, within a round: the garbage of what was declared is collected in either.',
  'The first call, which also verifies its token, and the first list of 100 are sent as soon as it listens.',
  'In the second table each server has the key of the tokens in its configuration, and asks nothing of Clerk, but for the two rows that say so.',
  'Each tool has schemas of its own: four described fields of input, and an output with a list of objects.',
].join(' ');

interface Shape {
  readonly label: string;
  readonly app: AppShape;
}

const NONE = { hosts: 0, toolsPerHost: 0 };
const SHAPES: readonly Shape[] = [
  { label: '100 providers', app: { plain: 100, ...NONE } },
  { label: '1,100 providers', app: { plain: 1_100, ...NONE } },
  {
    label: '1,100 providers, the schemas of 1,000 tools, and no tools',
    app: { plain: 1_100, ...NONE, schemasAlone: 1_000 },
  },
  {
    label: '1,100 providers, 1,000 of them with a tool',
    app: { plain: 100, hosts: 1_000, toolsPerHost: 1 },
  },
  {
    label: '1,100 providers, 100 of them with ten tools each',
    app: { plain: 1_000, hosts: 100, toolsPerHost: 10 },
  },
  { label: 'zod alone', app: { plain: 100, ...NONE, zodAlone: 1_000 } },
];

function toStarter({ label, app }: Shape): Starter {
  const asks = app.hosts > 0 ? [searchCall, listCall('modern', 100)] : [];
  return { label, script: 'boot', args: [JSON.stringify(app)], asks };
}

/** A protected call of the last tool that was declared. */
const searchCall: Workload = {
  name: 'tools/call of one among 1,000',
  era: 'modern',
  message: () => ({
    method: 'tools/call',
    params: { name: 'search_99_0', arguments: { workspace: 'w_1', limit: 7 } },
  }),
  isRight: ({ result }) => result?.structuredContent?.['total'] === 7,
};

const KEY = ['key'];
const ASKS = [echoCall('modern')];
const BARE_NEST: Starter = { label: 'bare Nest on Fastify', script: 'bare-nest', asks: ASKS };
/** With a token without OAuth scope `email`: like the others, it asks nothing of Clerk. */
const SERVICE_ALONE: Starter = {
  label: 'nestjs-clerk-mcp, the service',
  script: 'service',
  args: KEY,
  asks: ASKS,
};
const COLD: readonly Starter[] = [
  { label: 'bare Fastify', script: 'bare-fastify', asks: ASKS },
  BARE_NEST,
  {
    label: 'nestjs-clerk-mcp in a Nest application',
    script: 'nestjs-clerk-mcp',
    args: KEY,
    asks: ASKS,
  },
  SERVICE_ALONE,
  { ...SERVICE_ALONE, label: '– which asks Clerk for the address of the user' },
  { ...SERVICE_ALONE, label: '– and for the key of the tokens', args: [] },
  {
    label: 'official SDK on Fastify, no authentication',
    script: 'official-sdk',
    asks: ASKS,
  },
  {
    label: '@rekog/mcp-nest, Clerk verifyToken, nestjs-cls',
    script: 'mcp-nest',
    asks: ASKS,
  },
];

function shapeRow(label: string, starts: readonly Start[], plain: readonly Start[]): string {
  const lap = (name: string) => starts.map(({ laps }) => laps[name] ?? NOTHING);
  const answer = (at: number) => starts.map(({ answers }) => answers[at]?.cpuMs ?? Number.NaN);
  const hasTools = starts.every(({ answers }) => answers.length > 0);
  return `| ${[
    label,
    text(lap('start').map(({ cpuMs }) => cpuMs)),
    text(lap('start').map(({ elapsedMs }) => elapsedMs)),
    hasTools ? text(moreThan(plain, starts)) : '',
    text(lap('declare').map(({ cpuMs }) => cpuMs)),
    hasTools ? text(answer(0)) : '',
    hasTools ? text(answer(1)) : '',
    text(starts.map(({ residentMegabytes }) => residentMegabytes)),
  ].join(' | ')} |`;
}

/** CPU time of each start beyond that of the other one in its round, in milliseconds. */
function moreThan(plain: readonly Start[], starts: readonly Start[]): readonly number[] {
  const cpuMs = ({ laps }: Start) => laps['start']?.cpuMs ?? Number.NaN;
  return starts.flatMap((start, at) => (plain[at] ? [cpuMs(start) - cpuMs(plain[at])] : []));
}

/** CPU time until the first call was answered, in milliseconds. */
function firstCallMs(start: Start | undefined): number {
  return (start?.listening.cpuMs ?? Number.NaN) + (start?.answers[0]?.cpuMs ?? Number.NaN);
}

const NOTHING = { cpuMs: 0, elapsedMs: 0 };

function text(values: readonly number[]): string {
  return median(values).toFixed(0);
}

function coldStart(starts: readonly Start[], nest: readonly Start[]) {
  const sum = (lap: 'cpuMs' | 'elapsedMs') =>
    median(starts.map(({ listening, answers }) => listening[lap] + (answers[0]?.[lap] ?? 0)));
  return {
    listeningMs: median(starts.map(({ listening }) => listening.cpuMs)),
    cpuMs: sum('cpuMs'),
    /** CPU time against bare Nest, within a round. */
    ratio: median(starts.map((start, round) => firstCallMs(start) / firstCallMs(nest[round]))),
    elapsedMs: sum('elapsedMs'),
    residentMegabytes: median(starts.map(({ residentMegabytes }) => residentMegabytes)),
  };
}
