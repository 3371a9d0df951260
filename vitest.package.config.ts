import { defineConfig } from 'vitest/config';

/** The packed package, as somebody who installs it has it: `npm run test:package`. */
export default defineConfig({
  test: {
    include: ['test/package/*.spec.ts'],
    globalSetup: ['test/package/packed.ts'],
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
