import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBenchClerk } from './clerk.js';
import { drive, sessionsFor } from './load/drive.js';
import { entryLoads } from './load/entry-loads.js';
import { firstAnswer } from './load/first-answer.js';
import { echoCall, type Workload } from './load/workload.js';
import { SubjectProcess } from './subject-process.js';
import { FLOOR, NEST, SERVICE } from './subjects.js';
import { toRow } from './report/table.js';

/**
 * `npm run bench:instructions -- [shipped|SCRIPT] [modern|legacy|start|ENTRY] [ARGUMENT ...]`: what the processor
 * does for a request, beside bare Fastify, or from the start of the process to the first answer, beside bare Nest.
 * ENTRY is how the name of a row of the section `entries` begins, whose script is `entries`; it is compared with a
 * call of the same server. Counted by valgrind (`apt-get install valgrind`), which takes minutes and gives the same
 * on a busy machine. The kernel is not counted, and the processor of valgrind is simpler than a real one.
 */
const [named = 'shipped', what = 'modern', ...args] = process.argv.slice(2);
const script = named === 'shipped' ? SERVICE.script : named;
const CONNECTIONS = 16;
/** The compiler is done with what a request uses after a few thousand. */
const WARM_UP = 12_000;
const REQUESTS = 6_000;
/** What cachegrind counts, by the names of its file. */
const EVENTS = {
  instructions: ['Ir'],
  'missed in the first cache of instructions': ['I1mr'],
  'reads and writes of data': ['Dr', 'Dw'],
  'missed in the first cache of data': ['D1mr', 'D1mw'],
  'missed in 2 MB, which is also what is newly allocated': ['ILmr', 'DLmr', 'DLmw'],
  'wrongly predicted branches': ['Bcm', 'Bim'],
} as const;
const VALGRIND = [
  '--quiet',
  '--log-file=/dev/null',
  '--tool=cachegrind',
  '--cache-sim=yes',
  '--branch-sim=yes',
  // A processor of servers, whatever this machine has.
  '--I1=32768,8,64',
  '--D1=49152,12,64',
  '--LL=2097152,16,64',
  '--smc-check=all-non-file',
];
const clerk = await startBenchClerk();
const [base, measured] = await subjects();
const folder = await mkdtemp(join(tmpdir(), 'instructions-'));
try {
  const counted = [await countOf(base), await countOf(measured)];
  console.log(
    [
      `| per ${what === 'start' ? 'start' : 'request'} | ${base.name} | ${measured.name} | × |`,
      '| --- | ---: | ---: | ---: |',
      ...Object.entries(EVENTS).map(([label, events]) => {
        const [least = 0, most = 0] = counted.map((counts) => countIn(counts, events));
        const both = [least, most].map((value) => Math.round(value).toLocaleString('en'));
        return toRow([label, ...both, (most / least).toFixed(2)]);
      }),
    ].join('\n'),
  );
} finally {
  await rm(folder, { recursive: true, force: true });
  await clerk.close();
}

interface Counted {
  readonly name: string;
  readonly script: string;
  readonly workload: Workload;
  readonly token: string;
  readonly args: readonly string[];
}

async function subjects(): Promise<readonly [Counted, Counted]> {
  const loads = await entryLoads(clerk);
  const entry = loads.find(({ workload: { name } }) => name.startsWith(what));
  if (entry) {
    const [call = entry] = loads;
    const counted = (load: typeof entry) => ({ ...load, name: load.workload.name, script, args });
    return [counted(call), counted(entry)];
  }
  const workload = echoCall(what === 'legacy' ? 'legacy' : 'modern');
  // With it, `echo` of the service asks nothing of Clerk. Servers with `verifyToken` of Clerk take session tokens only.
  const token =
    script === SERVICE.script ? await clerk.tokenOfNewClient() : ((await clerk.tokens(1))[0] ?? '');
  const bare = what === 'start' ? NEST.script : FLOOR.script;
  return [
    { name: bare, script: bare, workload, token, args: [] },
    { name: script, script, workload, token, args },
  ];
}

type Counts = ReadonlyMap<string, number>;

function countIn(counts: Counts, events: readonly string[]): number {
  return events.reduce((sum, event) => sum + (counts.get(event) ?? Number.NaN), 0);
}

/** Of one request, or of one start. */
async function countOf(counted: Counted): Promise<Counts> {
  if (what === 'start') return count(counted, 1);
  const [less, more] = await Promise.all([
    count(counted, WARM_UP),
    count(counted, WARM_UP + REQUESTS),
  ]);
  return new Map(
    [...more].map(([event, all]) => [event, (all - (less.get(event) ?? 0)) / REQUESTS]),
  );
}

/** Of a process that answers so many requests. */
async function count(counted: Counted, requests: number): Promise<Counts> {
  const { script, workload, token } = counted;
  const file = join(folder, `${script}-${requests}`);
  const subject = await SubjectProcess.start(script, clerk.settings, {
    args: counted.args,
    under: ['valgrind', ...VALGRIND, `--cachegrind-out-file=${file}`],
    execArgv: [
      '--single-threaded',
      '--predictable-gc-schedule',
      '--hash-seed=1',
      '--random-seed=1',
    ],
  });
  if (requests === 1) await firstAnswer(subject.url, workload, token);
  else {
    const load = {
      url: subject.url,
      workload,
      tokens: [token],
      connections: CONNECTIONS,
      requests,
    };
    const sessions = await sessionsFor(load);
    await drive({ ...load, sessions });
  }
  await subject.end();
  const lines = (await readFile(file, 'utf8')).split('\n');
  const [names = [], sums = []] = ['events:', 'summary:'].map((start) =>
    lines
      .find((line) => line.startsWith(start))
      ?.slice(start.length)
      .trim()
      .split(/\s+/),
  );
  return new Map(names.map((name, at) => [name, Number(sums[at])]));
}
