import { SubjectGroup } from '../subject-group.js';
import type { SubjectSettings } from '../settings.js';
import type { Subject } from '../subjects.js';
import type { Lane } from './connection.js';
import { closeLanes, drive, openLanes, sessionsFor, type Load, type Outcome } from './drive.js';
import { median } from './median.js';
import type { OpenedSession } from './sessions.js';

/** One server under one kind of load. */
export interface Contender {
  /** Contenders with the same object share a process. */
  readonly subject: Subject;
  readonly load: (round: number) => Promise<OfferedLoad> | OfferedLoad;
  /** What it is compared with. Default: the first contender. */
  readonly against?: Contender;
}

/** Load before it is known where to. */
export type OfferedLoad = Omit<Load, 'url' | 'sessions' | 'lanes'>;

export interface Measurement {
  readonly label: string;
  readonly authentication: string;
  /** Medians over the rounds. */
  readonly microsPerRequest: number;
  readonly requestsPerCpuSecond: number;
  /** Requests per CPU second against what it is compared with, within a round. */
  readonly ratio: number;
  /** The smallest and the largest ratio of a round. */
  readonly spread: readonly [number, number];
  readonly bytesPerRequest: number;
  /** As many as were answered, not as many as could have been: the load takes a core as well. */
  readonly requestsPerSecond: number;
  readonly latency: { readonly p50: number; readonly p99: number };
  /** p99 against that of what it is compared with, within a round. */
  readonly p99Ratio: number;
  readonly residentMegabytes: number;
  readonly checked: number;
  /** CPU time per request in each round, in microseconds. */
  readonly microsOfRounds: readonly number[];
}

/**
 * Measures servers side by side: in every round each gets its turn, and is compared within the round, so
 * that what else the machine does meets all of them alike. Every other round goes backwards.
 */
export async function measure(
  contenders: readonly [Contender, ...Contender[]],
  options: RoundsOptions,
): Promise<readonly Measurement[]> {
  const { processes = 1 } = options;
  const perProcess = Math.ceil(roundsOf(options.rounds) / processes);
  const samples = new Map<Contender, Sample[]>(contenders.map((contender) => [contender, []]));
  for (let first = 1; first <= processes * perProcess; first += perProcess) {
    await sampleAll(contenders, samples, { ...options, first, last: first + perProcess - 1 });
  }
  return contenders.map((contender) => {
    const floor = contender.against ?? contenders[0];
    return summary(contender.subject, samples.get(contender) ?? [], samples.get(floor) ?? []);
  });
}

/** The rounds from `first` to `last`, each subject in a process of its own. */
async function sampleAll(
  contenders: readonly Contender[],
  samples: ReadonlyMap<Contender, Sample[]>,
  { settings, warmUpSeconds = 6, first, last }: RoundsOptions & Span,
): Promise<void> {
  const starts = new Map<Subject, Promise<SubjectGroup>>();
  for (const { subject } of contenders) {
    if (starts.has(subject)) continue;
    starts.set(subject, SubjectGroup.start(subject, settings));
  }
  const runs: Run[] = [];
  try {
    await Promise.all(starts.values());
    for (const contender of contenders) {
      const process = await starts.get(contender.subject);
      if (process) runs.push(await warmUp(contender, process, warmUpSeconds));
    }
    for (let round = first; round <= last; round += 1) {
      for (const run of round % 2 === 1 ? runs : runs.toReversed()) {
        samples.get(run.contender)?.push(await sample(run, round));
      }
    }
  } finally {
    for (const { lanes } of runs) closeLanes(lanes);
    const processes = await Promise.allSettled(starts.values());
    await Promise.all(
      processes.map((start) => (start.status === 'fulfilled' ? start.value.stop() : undefined)),
    );
  }
}

/** So many rounds, or what `--rounds` says if that is less. */
export function roundsOf(rounds: number): number {
  const at = process.argv.indexOf('--rounds');
  return at === -1 ? rounds : Math.min(rounds, Number(process.argv[at + 1]));
}

/** Requests per CPU second of one contender against another, within a round. */
export function ratioOf(one: Measurement, other: Measurement): number {
  return median(
    one.microsOfRounds.map((micros, at) => (other.microsOfRounds[at] ?? Number.NaN) / micros),
  );
}

export interface RoundsOptions {
  readonly settings: SubjectSettings;
  readonly rounds: number;
  /**
   * Among how many processes of each subject the rounds are divided: one differs from the next by up to a
   * tenth, as V8 compiles it. Default: 1.
   */
  readonly processes?: number;
  /** How long each is driven before the first round, unless round 0 has a number of requests. Default: 6. */
  readonly warmUpSeconds?: number;
}

interface Span {
  readonly first: number;
  readonly last: number;
}

/** A contender and its process. */
interface Run {
  readonly contender: Contender;
  readonly process: SubjectGroup;
  readonly sessions: readonly OpenedSession[];
  readonly lanes: Lane[];
}

interface Sample extends Outcome {
  readonly microsPerRequest: number;
  readonly residentBytes: number;
}

/** Opens the connections and sessions of a contender, which no round pays for, and lets the compiler finish. */
async function warmUp(contender: Contender, process: SubjectGroup, seconds: number): Promise<Run> {
  const { url } = process;
  const load = { ...(await contender.load(0)), url };
  const sessions = await sessionsFor(load, contender.subject.sessions);
  const lanes = await openLanes(process.urls, load.connections);
  await drive({ ...load, ...(load.requests === undefined && { seconds }), sessions, lanes });
  return { contender, process, sessions, lanes };
}

async function sample(
  { contender, process, sessions, lanes }: Run,
  round: number,
): Promise<Sample> {
  const load = { ...(await contender.load(round)), sessions, lanes, url: process.url };
  const before = await process.usage();
  const outcome = await drive(load).catch((cause: unknown) => {
    throw new Error(`${contender.subject.label} failed`, { cause });
  });
  const after = await process.usage();
  return {
    ...outcome,
    microsPerRequest: (after.cpuMicros - before.cpuMicros) / outcome.requests,
    residentBytes: after.residentBytes,
  };
}

function summary(
  { label, authentication }: Subject,
  samples: readonly Sample[],
  floor: readonly Sample[],
): Measurement {
  const microsPerRequest = median(samples.map((sample) => sample.microsPerRequest));
  const ratios = samples.map(
    (sample, round) => (floor[round]?.microsPerRequest ?? Number.NaN) / sample.microsPerRequest,
  );
  return {
    label,
    authentication,
    microsPerRequest,
    requestsPerCpuSecond: 1e6 / microsPerRequest,
    ratio: median(ratios),
    spread: [Math.min(...ratios), Math.max(...ratios)],
    bytesPerRequest: median(samples.map(({ bytes, requests }) => bytes / requests)),
    requestsPerSecond: median(samples.map(({ requests, seconds }) => requests / seconds)),
    latency: {
      p50: median(samples.map(({ latency }) => latency.p50)),
      p99: median(samples.map(({ latency }) => latency.p99)),
    },
    p99Ratio: median(
      samples.map(({ latency }, round) => latency.p99 / (floor[round]?.latency.p99 ?? Number.NaN)),
    ),
    residentMegabytes: median(samples.map((sample) => sample.residentBytes)) / 2 ** 20,
    checked: samples.reduce((sum, sample) => sum + sample.checked, 0),
    microsOfRounds: samples.map((sample) => sample.microsPerRequest),
  };
}
