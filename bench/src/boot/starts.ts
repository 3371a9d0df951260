import { firstAnswer } from '../load/first-answer.js';
import type { Workload } from '../load/workload.js';
import type { SubjectSettings } from '../settings.js';
import { SubjectProcess } from '../subject-process.js';
import type { Lap } from './stopwatch.js';

/** A server whose start is measured, and what is asked of it as soon as it listens. */
export interface Starter {
  readonly label: string;
  readonly script: string;
  readonly args?: readonly string[];
  /** Default: the token of the options. */
  readonly token?: string;
  readonly asks: readonly Workload[];
}

/** One start of a process. */
export interface Start {
  /** From the spawn of the process until it listens. */
  readonly listening: Lap;
  /** What the process says itself of its start. */
  readonly laps: Readonly<Record<string, Lap>>;
  /** What each of the requests took, in order. */
  readonly answers: readonly Lap[];
  readonly residentMegabytes: number;
}

export interface StartsOptions {
  readonly settings: SubjectSettings;
  readonly token: string;
  readonly rounds: number;
}

/**
 * Starts each server in every round, in a new process, one after the other. Every other round goes backwards.
 *
 * @returns the starts of each, in the order of the rounds
 */
export async function measureStarts(
  starters: readonly Starter[],
  { settings, token, rounds }: StartsOptions,
): Promise<readonly (readonly Start[])[]> {
  const starts: Start[][] = starters.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    const inTurn = [...starters.entries()];
    for (const [at, starter] of round % 2 === 0 ? inTurn : inTurn.toReversed()) {
      starts[at]?.push(await startOnce(starter, settings, token));
    }
  }
  return starts;
}

async function startOnce(
  { script, args = [], asks, token }: Starter,
  settings: SubjectSettings,
  usual: string,
): Promise<Start> {
  const spawned = performance.now();
  const subject = await SubjectProcess.start(script, settings, { args });
  try {
    const elapsedMs = performance.now() - spawned;
    const { cpuMicros, residentBytes } = await subject.usage();
    const answers: Lap[] = [];
    for (const workload of asks) answers.push(await timeAnswer(subject, workload, token ?? usual));
    return {
      listening: { cpuMs: cpuMicros / 1000, elapsedMs },
      laps: subject.laps,
      answers,
      residentMegabytes: residentBytes / 2 ** 20,
    };
  } finally {
    await subject.stop();
  }
}

async function timeAnswer(
  subject: SubjectProcess,
  workload: Workload,
  token: string,
): Promise<Lap> {
  const before = await subject.usage();
  const asked = performance.now();
  await firstAnswer(subject.url, workload, token);
  const elapsedMs = performance.now() - asked;
  const after = await subject.usage();
  return { cpuMs: (after.cpuMicros - before.cpuMicros) / 1000, elapsedMs };
}
