import { defineConfig } from 'vitest/config';
import { offlineSpecs } from './test/support/offline-specs.js';
import { common } from './vitest.common.js';

/** Unit tests that open no port and start no process: `npm run test:offline`, part of `test:fast`. */
export default defineConfig({
  test: {
    ...common,
    setupFiles: [...common.setupFiles, 'test/offline.ts'],
    include: offlineSpecs(),
  },
});
