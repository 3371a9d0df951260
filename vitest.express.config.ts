import { configDefaults, defineConfig } from 'vitest/config';

/** What must hold on every HTTP adapter, on the one of Express: `npm run test:express`. */
export default defineConfig({
  test: {
    setupFiles: ['test/setup.ts'],
    include: ['test/{clerk,hosts,mcp}/**/*.spec.ts'],
    // These know no adapter.
    exclude: [...configDefaults.exclude, 'test/clerk/{oauth,tokens}/**', '**/*.types.spec.ts'],
    env: { TEST_ADAPTER: 'express' },
    isolate: false,
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
