import { defineConfig } from 'vitest/config';

/** What decides and what verifies, and the tests that know it best: `npm run test:mutation`. */
export default defineConfig({
  test: {
    setupFiles: ['test/setup.ts'],
    include: ['test/{access,request,clerk/tokens,mcp/protocol}/*.spec.ts'],
    // A mutant in a policy is noise in the log.
    silent: true,
    testTimeout: 240_000,
  },
});
