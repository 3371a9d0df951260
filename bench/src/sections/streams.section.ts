import { setTimeout } from 'node:timers/promises';
import { Listeners } from '../load/listeners.js';
import { measure, type Measurement } from '../load/rounds.js';
import type { Workload } from '../load/workload.js';
import { toRow } from '../report/table.js';
import type { Target } from '../report/target.js';
import { SubjectProcess } from '../subject-process.js';
import { OURS } from '../subjects.js';
import type { Bench, Section } from './section.js';

/** What open streams cost, and an event on a stream of a call. */
export const streams: Section = {
  name: 'streams',
  run: async (bench) => {
    const crowds = await measureCrowds(bench);
    const [few, many] = await measureProgress(bench);
    const event = (many.microsPerRequest - few.microsPerRequest) / (MANY_STEPS - FEW_STEPS);
    return {
      title: 'Streams',
      about: `Clients of 2026-07-28 hold \`subscriptions/listen\` open for a resource that changes once a second, four of each user. CPU time of the server, measured for ${SECONDS} seconds after the last one was opened. Progress: what a call costs more for each event, from calls with ${FEW_STEPS} and with ${MANY_STEPS}.`,
      table: [
        '| listeners | events | CPU seconds per second | CPU µs per event and listener | resident MB |',
        '| ---: | ---: | ---: | ---: | ---: |',
        ...crowds.map(({ listeners, events, cpuMicros, seconds, residentBytes }) =>
          toRow([
            listeners.toLocaleString('en'),
            events.toLocaleString('en'),
            (cpuMicros / 1e6 / seconds).toFixed(4),
            (cpuMicros / events).toFixed(1),
            (residentBytes / 2 ** 20).toFixed(0),
          ]),
        ),
        '',
        `A progress event on a call: ${event.toFixed(1)} CPU µs (a call with ${FEW_STEPS}: ${few.microsPerRequest.toFixed(0)} µs, with ${MANY_STEPS}: ${many.microsPerRequest.toFixed(0)} µs).`,
      ].join('\n'),
      targets: targetsOf(crowds),
      numbers: { crowds, progress: { few, many, event } },
    };
  },
};

interface Crowd {
  readonly listeners: number;
  readonly events: number;
  readonly cpuMicros: number;
  readonly seconds: number;
  readonly residentBytes: number;
}

const COUNTS = [250, 500, 1_000];
const SECONDS = 15;
const FEW_STEPS = 1;
const MANY_STEPS = 21;

/** Linear: the cost of one event for one listener does not grow with their number. */
function targetsOf(crowds: readonly Crowd[]): readonly Target[] {
  const [least, most] = [crowds[0], crowds.at(-1)];
  if (!least || !most) return [];
  const each = ({ cpuMicros, events }: Crowd) => cpuMicros / events;
  return [
    {
      what: `CPU time per event and listener, ${most.listeners} listeners against ${least.listeners}`,
      measured: each(most) / each(least),
      atMost: 1.25,
      unit: ' ×',
    },
  ];
}

async function measureCrowds({ clerk }: Bench): Promise<readonly Crowd[]> {
  const tokens = await clerk.tokensOfUsers(Math.max(...COUNTS) / 4);
  const subject = await SubjectProcess.start('streams', clerk.settings);
  const listeners = new Listeners(subject.url, 'clock://now');
  const crowds: Crowd[] = [];
  try {
    for (const count of COUNTS) {
      await listeners.growTo(count, tokens);
      // Until the compiler is done, and what was opened is settled.
      await setTimeout(5_000);
      const before = await subject.collect();
      const { events } = listeners;
      const started = performance.now();
      await setTimeout(SECONDS * 1_000);
      const seconds = (performance.now() - started) / 1_000;
      const after = await subject.usage();
      crowds.push({
        listeners: count,
        events: listeners.events - events,
        cpuMicros: after.cpuMicros - before.cpuMicros,
        seconds,
        residentBytes: after.residentBytes,
      });
    }
  } finally {
    listeners.close();
    await subject.stop();
  }
  return crowds;
}

async function measureProgress({ clerk }: Bench): Promise<readonly [Measurement, Measurement]> {
  const tokens = await clerk.tokens(1);
  const subject = { ...OURS, script: 'streams' };
  const load = (steps: number) => (round: number) => ({
    workload: countCall(steps),
    tokens,
    connections: 16,
    requests: (round === 0 ? 100 : 20) * 16,
  });
  const [few, many] = await measure(
    [
      { subject, load: load(FEW_STEPS) },
      { subject, load: load(MANY_STEPS) },
    ],
    { settings: clerk.settings, rounds: 11 },
  );
  if (!few || !many) throw new Error('Two workloads were to be measured.');
  return [few, many];
}

function countCall(steps: number): Workload {
  return {
    name: `tools/call with ${steps} events of progress`,
    era: 'modern',
    message: (n) => ({
      method: 'tools/call',
      params: { name: 'count', arguments: { steps }, _meta: { progressToken: n } },
    }),
    isRight: ({ result }) => result?.content?.[0]?.text === `${steps}`,
  };
}
