import { defineConfig } from 'vitest/config';

/** The official suite against a server of our own decorators: `npm run test:conformance`. */
export default defineConfig({
  test: {
    setupFiles: ['test/setup.ts'],
    include: ['test/conformance/*.spec.ts'],
    testTimeout: 300_000,
    hookTimeout: 60_000,
  },
});
