import { configDefaults, defineConfig } from 'vitest/config';
import { offlineSpecs } from './test/support/offline-specs.js';
import { common } from './vitest.common.js';

/** What must hold on every HTTP adapter, on the one of Express: `npm run test:express`. */
export default defineConfig({
  test: {
    ...common,
    include: ['test/{clerk,hosts,mcp}/**/*.spec.ts'],
    // These know no adapter.
    exclude: [
      ...configDefaults.exclude,
      'test/clerk/{oauth,revocation,tokens}/**',
      'test/clerk/{clerk-health,resolve-clerk-options}.spec.ts',
      'test/clerk/http/failed-authentications.spec.ts',
      'test/clerk/user/{clerk-access-facts,clerk-context,live-account-check}.spec.ts',
      'test/mcp/several-servers/**',
      'test/mcp/stdio/mcp-stdio.spec.ts',
      ...offlineSpecs(),
    ],
    env: { TEST_ADAPTER: 'express' },
  },
});
