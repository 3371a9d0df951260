import { drive } from '../load/drive.js';
import type { Era } from '../load/rpc.js';
import { echoCall } from '../load/workload.js';
import { SubjectProcess } from '../subject-process.js';
import type { Subject } from '../subjects.js';
import { memoryBytes, type MemoryBytes } from './memory-bytes.js';
import type { MemoryRun } from './memory-run.js';

/** Memory after so many calls, when garbage is collected. Bytes. */
export interface GrowthSample extends MemoryBytes {
  readonly era: Era;
  readonly calls: number;
}

/** Half a million calls in each era, sent to one process. */
export async function measureGrowth(
  { script }: Subject,
  { settings, tokens, snapshots }: MemoryRun,
): Promise<readonly GrowthSample[]> {
  const subject = await SubjectProcess.start(script, settings);
  const samples: GrowthSample[] = [];
  let calls = 0;
  try {
    for (const era of ['modern', 'legacy'] as const) {
      for (let part = 0; part < PARTS; part += 1) {
        const outcome = await drive({
          url: subject.url,
          workload: echoCall(era),
          tokens: tokens.slice(0, 1),
          connections: 64,
          requests: CALLS,
        });
        calls += outcome.requests;
        samples.push({ era, calls, ...memoryBytes(await subject.collect()) });
        if (snapshots && (part === 0 || part === PARTS - 1)) await subject.heapSnapshot();
      }
    }
  } finally {
    await subject.stop();
  }
  return samples;
}

/**
 * What a call leaves behind, in bytes: the slope of the heap over the calls. The first sample of an era
 * is left out, before which the compiler and the caches were not done.
 */
export function bytesPerCall(samples: readonly GrowthSample[], era: Era): number {
  const settled = samples.filter((sample) => sample.era === era).slice(1);
  const mean = (of: (sample: GrowthSample) => number) =>
    settled.reduce((sum, sample) => sum + of(sample), 0) / settled.length;
  const calls = mean((sample) => sample.calls);
  const heap = mean((sample) => sample.heap);
  const covariance = mean((sample) => (sample.calls - calls) * (sample.heap - heap));
  return covariance / mean((sample) => (sample.calls - calls) ** 2);
}

/** Samples of each era. */
const PARTS = 5;
/** Calls before each. */
const CALLS = 100_000;
