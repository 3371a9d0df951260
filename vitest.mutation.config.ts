import { defineConfig } from 'vitest/config';

/** The tests of the room that is mutated: `npm run test:mutation`. */
const { ROOM = 'access' } = process.env;

export default defineConfig({
  test: {
    setupFiles: ['test/setup.ts'],
    include: [`test/${ROOM}/*.spec.ts`],
    // A mutant in a policy is noise in the log.
    silent: true,
    testTimeout: 240_000,
  },
});
