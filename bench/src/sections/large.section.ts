import { echoCall } from '../load/workload.js';
import type { Measurement } from '../load/rounds.js';
import type { Target } from '../report/target.js';
import { FLOOR, OURS } from '../subjects.js';
import { compare, measuredOf } from './comparison.js';
import type { Section } from './section.js';

/** A call that says a mebibyte back. */
export const large: Section = {
  name: 'large',
  run: async ({ clerk }) => {
    const workload = echoCall('modern', { bytes: 2 ** 20 });
    const tokens = await clerk.tokens(1);
    const load = () => ({ workload, tokens, connections: 8, seconds: 2 });
    return compare(
      `${workload.name}, 8 connections`,
      [
        { subject: FLOOR, load },
        { subject: OURS, load },
      ],
      { settings: clerk.settings, rounds: 5, targets: targetsOf },
    );
  },
};

function targetsOf(measurements: readonly Measurement[]): readonly Target[] {
  const what = 'A mebibyte said back, against bare Fastify';
  return [{ what, measured: measuredOf(measurements, OURS).ratio, atLeast: 0.5, unit: ' ×' }];
}
