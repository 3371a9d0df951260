import { defineConfig } from 'vitest/config';
import { common } from './vitest.common.js';

/** Several nodes over a `redis-server` that each spec starts: `npm run test:nodes`. */
export default defineConfig({
  test: { ...common, include: ['test/nodes/**/*.spec.ts'] },
});
