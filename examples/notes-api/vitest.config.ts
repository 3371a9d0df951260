import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.spec.ts'],
    // Vitest has a BASE_URL of its own.
    env: { BASE_URL: 'https://notes.test' },
    // PostgreSQL takes seconds to start: the files share one process, and start it one by one.
    isolate: false,
    fileParallelism: false,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
