import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    setupFiles: ['test/setup.ts'],
    include: ['test/**/*.spec.ts'],
    // Nest takes more than a second to import: one module graph for all files of a worker.
    isolate: false,
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
