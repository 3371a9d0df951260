import { startCollector } from '../load/collector.js';
import { median } from '../load/median.js';
import { measure, ratioOf, type Contender, type Measurement } from '../load/rounds.js';
import { echoCall } from '../load/workload.js';
import { toRow } from '../report/table.js';
import type { Target } from '../report/target.js';
import { OURS, SERVICE, type Subject } from '../subjects.js';
import type { Section } from './section.js';

/** A protected call without telemetry, with the module alone, with providers, and with an export. */
export const telemetry: Section = {
  name: 'telemetry',
  run: async ({ clerk }) => {
    const collector = await startCollector();
    try {
      const tokens = await clerk.tokens(1);
      const workload = echoCall('modern');
      const load = (round: number) => ({
        workload,
        tokens,
        connections: CONNECTIONS,
        requests: round === 0 ? WARM_UP * REQUESTS : REQUESTS,
      });
      const rows: ComparedVariant[] = [];
      for (const variant of variantsOf(collector.url)) {
        // Objects of their own, so that each is a process of its own.
        const [first, ...others] = Array.from({ length: PROCESSES }, (): Contender[] => [
          { subject: { ...variant.without }, load },
          { subject: { ...variant.subject }, load },
        ]).flat();
        if (!first) continue;
        const options = { settings: clerk.settings, rounds: ROUNDS };
        rows.push(compared(variant, await measure([first, ...others], options)));
      }
      for (const path of ['/v1/traces', '/v1/metrics']) {
        if (collector.bytesAt(path) === 0) throw new Error(`Nothing was exported to ${path}.`);
      }
      return {
        title: `${workload.name}, with and without telemetry`,
        about: ABOUT,
        table: [
          '| what | CPU µs / request | without µs | × without | of pairs |',
          '| --- | ---: | ---: | ---: | ---: |',
          ...rows.map(({ what, micros, without, ratio, ofPairs }) =>
            toRow([
              what,
              micros.toFixed(0),
              without.toFixed(0),
              ratio.toFixed(3),
              ofPairs.map((value) => value.toFixed(3)).join(', '),
            ]),
          ),
        ].join('\n'),
        targets: rows.flatMap(targetOf),
        numbers: { rows },
      };
    } finally {
      collector.close();
    }
  },
};

/** A server with telemetry, and the same one without. */
interface Variant {
  readonly what: string;
  readonly subject: Subject;
  readonly without: Subject;
  readonly atLeast?: number;
}

interface ComparedVariant {
  readonly what: string;
  readonly micros: number;
  readonly without: number;
  /** Requests per CPU second against the same server without telemetry: the median of the pairs. */
  readonly ratio: number;
  readonly ofPairs: readonly number[];
  readonly atLeast: number | undefined;
  readonly measured: readonly Measurement[];
}

function variantsOf(collector: string): readonly Variant[] {
  const module = (argument: string): Subject => ({
    ...OURS,
    script: 'telemetry',
    args: [argument],
  });
  return [
    { what: 'the module without telemetry, twice: the error', subject: OURS, without: OURS },
    {
      what: 'TelemetryModule, no provider',
      subject: module('none'),
      without: OURS,
      atLeast: 0.99,
    },
    {
      what: 'providers without an exporter',
      subject: module('providers'),
      without: OURS,
      atLeast: 0.9,
    },
    {
      what: 'spans and metrics to a collector',
      subject: module(collector),
      without: OURS,
      atLeast: 0.9,
    },
    {
      what: 'the service, which also has spans of HTTP, to a collector',
      subject: { ...SERVICE, args: ['telemetry', collector] },
      without: SERVICE,
    },
  ];
}

function compared({ what, atLeast }: Variant, measured: readonly Measurement[]): ComparedVariant {
  const [without, subjects] = [0, 1].map((side) => measured.filter((_, at) => at % 2 === side));
  const micros = (some: readonly Measurement[] = []) =>
    median(some.map(({ microsPerRequest }) => microsPerRequest));
  const ofPairs = (subjects ?? []).flatMap((one, at) => {
    const other = without?.[at];
    return other ? [ratioOf(one, other)] : [];
  });
  return {
    what,
    micros: micros(subjects),
    without: micros(without),
    ratio: median(ofPairs),
    ofPairs,
    atLeast,
    measured,
  };
}

function targetOf({ what, ratio, atLeast }: ComparedVariant): readonly Target[] {
  if (atLeast === undefined) return [];
  return [{ what: `tools/call, ${what}`, measured: ratio, atLeast, unit: ' ×' }];
}

const CONNECTIONS = 64;
const REQUESTS = 30 * CONNECTIONS;
/** Requests before the first round, in rounds. */
const WARM_UP = 7;
const ROUNDS = 15;
/** Pairs of processes: two processes of one program differ by more than what is looked for. */
const PROCESSES = 3;
const ABOUT = `Each server is measured in short rounds, in turn with the same server without telemetry; × is requests per CPU second against it, compared within a round. Two processes of the same program differ, too: each row is the median of ${PROCESSES} pairs of processes, and the first row, which compares the module with itself, is by how much the others may be wrong. Batches and intervals of the export are the defaults of the SDK. The module has no span of HTTP, the service has one per request.`;
