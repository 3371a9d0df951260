import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  // The examples of docs/testing.md import the package by its name.
  resolve: {
    alias: [
      { find: /^nestjs-clerk-mcp$/, replacement: source('index.ts') },
      { find: /^nestjs-clerk-mcp\/testing$/, replacement: source('testing/index.ts') },
      { find: /^nestjs-clerk-mcp\/testing\/vitest$/, replacement: source('testing/vitest.ts') },
    ],
  },
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

function source(file: string): string {
  return new URL(`src/${file}`, import.meta.url).pathname;
}
