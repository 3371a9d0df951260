import { defineConfig } from 'vitest/config';

/** The packed package, as somebody who installs it has it: `npm run test:package`. */
export default defineConfig({
  test: {
    include: ['test/package/*.spec.ts'],
    globalSetup: ['test/package/packed.ts'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
