import { configDefaults, defineConfig } from 'vitest/config';
import { common } from './vitest.common.js';

/**
 * What must stay shut with the SDK's server in every request as well: `npm run test:sdk`. The matrix of
 * policies compares both ways by itself; what is left out of the rest waits for clocks most of its time.
 */
export default defineConfig({
  test: {
    ...common,
    include: ['test/{security,telemetry}/**/*.spec.ts'],
    exclude: [
      ...configDefaults.exclude,
      'test/security/policies/matrix.*.spec.ts',
      'test/security/{cached-verdicts,clerk-outage,failed-authentications}.spec.ts',
      'test/security/{refresh-token,revocation,traffic-to-clerk}.spec.ts',
      'test/security/{audit-secrecy,wrong-secret-key}.spec.ts',
    ],
    env: { TEST_FAST_PATH: 'off' },
  },
});
