import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFixture } from './fixture.js';
import { runSuite } from './suite.js';

const LEGS = [
  ['--requirements', '2025-11-25'],
  ['--requirements', '2026-07-28'],
  ['--suite', 'all', '--spec-version', '2025-06-18'],
  ['--suite', 'all', '--spec-version', '2025-03-26'],
];

/** Counted in no set of requirements, and passed all the same. */
const SCENARIOS = [
  'tasks-lifecycle',
  'tasks-capability-negotiation',
  'tasks-wire-fields',
  'tasks-request-state-removal',
  'tasks-mrtr-input',
  'tasks-request-headers',
  'tasks-dispatch-and-envelope',
  'tasks-status-notifications',
  'tasks-required-task-error',
  'tasks-mrtr-composition',
].map((scenario) => ['--scenario', scenario]);

describe.each([
  ['answers plain exchanges directly', true],
  ['answers everything through the SDK', false],
])('The official conformance suite, against a server that %s,', (_, fastPath) => {
  let server: Awaited<ReturnType<typeof startFixture>>;
  beforeAll(async () => {
    server = await startFixture(fastPath);
  });
  afterAll(() => server.stop());

  it.each([...LEGS, ...SCENARIOS].map((args) => [args.join(' '), args] as const))(
    'passes %s',
    async (title, args) => {
      const { passed, failed, failures } = await runSuite(server.url, args);
      process.stdout.write(`${title}: ${passed} passed, ${failed} failed\n`);
      expect(failures).toEqual([]);
      expect(failed).toBe(0);
    },
  );
});
