import { defineConfig } from 'vitest/config';
import { common } from './vitest.common.js';

/**
 * The explorer in a real browser: `npm run test:explorer`. `--mode shots` takes the pictures of docs/.
 */
export default defineConfig(({ mode }) => ({
  test: {
    ...common,
    include: [
      mode === 'shots' ? 'test/explorer/browser/shots.ts' : 'test/explorer/browser/*.spec.ts',
    ],
  },
}));
