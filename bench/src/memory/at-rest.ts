import { firstAnswer } from '../load/first-answer.js';
import { median } from '../load/median.js';
import { echoCall } from '../load/workload.js';
import { SubjectProcess } from '../subject-process.js';
import type { Subject } from '../subjects.js';
import type { MemoryRun } from './memory-run.js';

/** What a server takes after its first answer, when garbage is collected. Medians, in bytes. */
export interface Rest {
  readonly label: string;
  readonly heap: number;
  readonly resident: number;
}

/** Starts each server some times, in turns, and reads its memory. */
export async function measureRest(
  subjects: readonly Subject[],
  { settings, tokens }: MemoryRun,
): Promise<readonly Rest[]> {
  const usages = subjects.map((): { heapBytes: number; residentBytes: number }[] => []);
  for (let start = 0; start < STARTS; start += 1) {
    for (const [at, { script }] of subjects.entries()) {
      const subject = await SubjectProcess.start(script, settings);
      await firstAnswer(subject.url, echoCall('modern'), tokens[0] ?? '');
      usages[at]?.push(await subject.collect());
      await subject.stop();
    }
  }
  return subjects.map(({ label }, at) => ({
    label,
    heap: median(usages[at]?.map(({ heapBytes }) => heapBytes) ?? []),
    resident: median(usages[at]?.map(({ residentBytes }) => residentBytes) ?? []),
  }));
}

const STARTS = 5;
