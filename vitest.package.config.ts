import { defineConfig } from 'vitest/config';

/** The packed package, as somebody who installs it has it: `npm run test:package`. */
export default defineConfig({
  test: {
    include: ['test/package/*.spec.ts'],
    globalSetup: ['test/package/packed.ts'],
    // By default Vitest leaves one core to itself: half of a machine with two.
    maxWorkers: '100%',
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
