import { echoCall } from '../load/workload.js';
import { FLOOR, OURS } from '../subjects.js';
import { compare } from './comparison.js';
import type { Section } from './section.js';

/** A call that says a mebibyte back. */
export const large: Section = {
  name: 'large',
  run: async ({ clerk }) => {
    const workload = echoCall('modern', 2 ** 20);
    const tokens = await clerk.tokens(1);
    const load = () => ({ workload, tokens, connections: 8, seconds: 2 });
    return compare(
      `${workload.name}, 8 connections`,
      [
        { subject: FLOOR, load },
        { subject: OURS, load },
      ],
      { settings: clerk.settings, rounds: 5 },
    );
  },
};
