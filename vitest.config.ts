import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    setupFiles: ['test/setup.ts'],
    include: ['test/**/*.spec.ts'],
    exclude: [...configDefaults.exclude, 'test/conformance/**', 'test/package/**'],
    // Nest takes more than a second to import: one module graph for all files of a worker.
    isolate: false,
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
