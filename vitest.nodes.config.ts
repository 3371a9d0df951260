import { defineConfig } from 'vitest/config';
import { common } from './vitest.common.js';
import config from './vitest.config.js';

/** Several nodes over a `redis-server` that each spec starts: `npm run test:nodes`. */
export default defineConfig({
  // The examples import the package by its name.
  resolve: config.resolve ?? {},
  test: { ...common, include: ['test/nodes/**/*.spec.ts'] },
});
