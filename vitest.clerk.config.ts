import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { documentsOrSkip } from './test/clerk-openapi/documents.js';
import { common } from './vitest.common.js';

const isPossible = documentsOrSkip();

/** Ends with the spec that asks whether the others left a route out. */
class CoverageLast extends BaseSequencer {
  override async sort(specs: TestSpecification[]): Promise<TestSpecification[]> {
    const isCoverage = ({ moduleId }: TestSpecification) => moduleId.endsWith('coverage.spec.ts');
    return [...specs.filter((spec) => !isCoverage(spec)), ...specs.filter(isCoverage)];
  }
}

/** The emulator against the OpenAPI documents that Clerk publishes: `npm run test:clerk`. */
export default defineConfig({
  test: {
    ...common,
    include: isPossible ? ['test/clerk-openapi/**/*.spec.ts'] : [],
    passWithNoTests: !isPossible,
    globalSetup: ['test/clerk-openapi/records.ts'],
    fileParallelism: false,
    sequence: { sequencer: CoverageLast },
  },
});
