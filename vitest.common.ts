import { availableParallelism } from 'node:os';
import type { ViteUserConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { PATIENCE } from './test/support/within.js';

/** The specs that take longest, by a part of their path. */
const LONG = [
  'security/policies/matrix',
  'security/every-way-out/every-way-out',
  'e2e/stdio',
  'hosts/cls',
  'plain/differential',
  'clerk-outage',
  'docs/code-blocks',
];

/** Begins with what takes longest, so that no worker is left alone with it in the end. */
class LongestFirst extends BaseSequencer {
  override async sort(specs: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) =>
      LONG.some((part) => moduleId.includes(part));
    // oxlint-disable-next-line unicorn/no-array-sort -- this is no array
    const sorted = await super.sort(specs);
    return [...sorted.filter(isLong), ...sorted.filter((spec) => !isLong(spec))];
  }
}

/** What all specs of this repository run with. */
export const common = {
  setupFiles: ['test/setup.ts'],
  // Nest takes more than a second to import: one module graph for all files of a worker.
  isolate: false,
  // By default Vitest leaves one core to itself: half of a machine with two. One worker more is busy while
  // another one waits for a process or a time limit.
  maxWorkers: availableParallelism() + 1,
  sequence: { sequencer: LongestFirst },
  // A limit ends what hangs; it is longer than `PATIENCE`, which says what did not come about.
  testTimeout: 240_000,
  hookTimeout: 240_000,
  teardownTimeout: 60_000,
  expect: { poll: { timeout: PATIENCE } },
} satisfies ViteUserConfig['test'];
