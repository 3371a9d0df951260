// One room at a time, with its own tests: `npm run test:mutation`.
const { ROOM = 'access' } = process.env;

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'vitest.mutation.config.ts' },
  mutate: [`src/${ROOM}/**/*.ts`],
  ignorePatterns: ['/bench', '/build', '/dist'],
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  reporters: ['clear-text', 'json'],
  clearTextReporter: { allowColor: false, logTests: false },
  jsonReporter: { fileName: `build/mutation/${ROOM.replaceAll('/', '-')}.json` },
  tempDirName: 'build/mutation/tmp',
  thresholds: { high: 95, low: 90, break: 90 },
  concurrency: 2,
  timeoutMS: 60_000,
};
