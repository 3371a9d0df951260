import { firstAnswer } from '../load/first-answer.js';
import { median } from '../load/median.js';
import { echoCall } from '../load/workload.js';
import { SubjectProcess } from '../subject-process.js';
import type { Subject } from '../subjects.js';
import type { Usage } from '../subject.js';
import type { MemoryRun } from './memory-run.js';
import { settle } from './settle.js';

/** What a server takes some seconds after its first answer. Medians, in bytes. */
export interface Rest {
  readonly label: string;
  readonly heap: number;
  readonly resident: number;
}

/** Starts each server some times, all at once since they only rest, and reads their memory. */
export async function measureRest(
  subjects: readonly Subject[],
  run: MemoryRun,
): Promise<readonly Rest[]> {
  const rests: Rest[] = [];
  for (const { label, script } of subjects) {
    const usages = await Promise.all(Array.from({ length: STARTS }, () => restOf(script, run)));
    rests.push({
      label,
      heap: median(usages.map(({ heapBytes }) => heapBytes)),
      resident: median(usages.map(({ residentBytes }) => residentBytes)),
    });
  }
  return rests;
}

const STARTS = 5;

async function restOf(script: string, { settings, tokens }: MemoryRun): Promise<Usage> {
  const subject = await SubjectProcess.start(script, settings);
  try {
    await firstAnswer(subject.url, echoCall('modern'), tokens[0] ?? '');
    return await settle(subject);
  } finally {
    await subject.stop();
  }
}
