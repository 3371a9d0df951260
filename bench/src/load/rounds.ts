import { SubjectProcess } from '../subject-process.js';
import type { SubjectSettings } from '../settings.js';
import type { Subject } from '../subjects.js';
import { drive, type Load, type Outcome } from './drive.js';
import { median } from './median.js';

/** One server under one kind of load. */
export interface Contender {
  readonly subject: Subject;
  readonly load: (round: number) => Promise<OfferedLoad> | OfferedLoad;
}

/** Load before it is known where to. */
export type OfferedLoad = Omit<Load, 'url' | 'sessions'>;

export interface Measurement {
  readonly label: string;
  readonly authentication: string;
  /** Medians over the rounds. */
  readonly microsPerRequest: number;
  readonly requestsPerCpuSecond: number;
  /** Requests per CPU second against the first contender, each compared within its round. */
  readonly ratio: number;
  /** The smallest and the largest ratio of a round. */
  readonly spread: readonly [number, number];
  readonly bytesPerRequest: number;
  /** As many as were answered, not as many as could have been: the load takes a core as well. */
  readonly requestsPerSecond: number;
  readonly latency: { readonly p50: number; readonly p99: number };
  /** p99 against that of the first contender, within a round. */
  readonly p99Ratio: number;
  readonly residentMegabytes: number;
  readonly checked: number;
}

/**
 * Measures servers side by side: in every round each gets its turn, and is compared with the first
 * one within the round, so that what else the machine does meets all of them alike.
 */
export async function measure(
  contenders: readonly [Contender, ...Contender[]],
  { settings, rounds, warmUpSeconds = 6 }: RoundsOptions,
): Promise<readonly Measurement[]> {
  const processes = await Promise.all(
    contenders.map(({ subject }) => SubjectProcess.start(subject.script, settings, subject)),
  );
  try {
    const samples: Sample[][] = contenders.map(() => []);
    for (const [at, contender] of contenders.entries()) {
      // The compiler is to be done with each before the clock starts.
      const load = { ...(await contender.load(0)), seconds: warmUpSeconds };
      const { sessions } = contender.subject;
      if (processes[at]) await drive({ ...load, sessions, url: processes[at].url });
    }
    for (let round = 1; round <= rounds; round += 1) {
      for (const [at, contender] of contenders.entries()) {
        const process = processes[at];
        if (!process) continue;
        const { sessions } = contender.subject;
        const load = { ...(await contender.load(round)), sessions };
        const sample = await sampleOf(process, load).catch((cause: unknown) => {
          throw new Error(`${contender.subject.label} failed`, { cause });
        });
        samples[at]?.push(sample);
      }
    }
    const [floor = []] = samples;
    return contenders.map(({ subject }, at) => summary(subject, samples[at] ?? [], floor));
  } finally {
    await Promise.all(processes.map((process) => process.stop()));
  }
}

export interface RoundsOptions {
  readonly settings: SubjectSettings;
  readonly rounds: number;
  /** How long each is driven before the first round. Default: 6. */
  readonly warmUpSeconds?: number;
}

interface Sample extends Outcome {
  readonly microsPerRequest: number;
  readonly residentBytes: number;
}

async function sampleOf(process: SubjectProcess, load: Omit<Load, 'url'>): Promise<Sample> {
  const before = await process.usage();
  const outcome = await drive({ ...load, url: process.url });
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
  };
}
