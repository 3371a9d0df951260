import type { Era } from '../load/rpc.js';
import { echoCall } from '../load/workload.js';
import { FLOOR, NEST, OURS, PEERS } from '../subjects.js';
import { compare } from './comparison.js';
import type { Section } from './section.js';

/** A protected call of a tool in each era, beside every peer that speaks it. */
export const modern = callsOf('modern');
export const legacy = callsOf('legacy');

function callsOf(era: Era): Section {
  return {
    name: era,
    run: async ({ clerk }) => {
      const workload = echoCall(era);
      const tokens = await clerk.tokens(1);
      const load = () => ({ workload, tokens, connections: 64, seconds: 2 });
      const peers = PEERS.filter(({ eras }) => eras[era] === 'measured');
      const absent = PEERS.flatMap(({ label, eras }) => {
        const here = eras[era];
        return here === 'measured' ? [] : [{ label, ...here }];
      });
      return compare(
        `${workload.name}, 64 connections`,
        [{ subject: FLOOR, load }, ...[OURS, NEST, ...peers].map((subject) => ({ subject, load }))],
        { settings: clerk.settings, rounds: 5, absent },
      );
    },
  };
}
