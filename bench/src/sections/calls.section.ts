import { floorsLike } from '../load/floors-like.js';
import type { Era } from '../load/rpc.js';
import type { Measurement } from '../load/rounds.js';
import { echoCall } from '../load/workload.js';
import type { Target } from '../report/target.js';
import { FLOOR, MCP_NEST, NEST, OURS, PEERS } from '../subjects.js';
import { compare, measuredOf } from './comparison.js';
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
      const [floor = FLOOR] = await floorsLike(
        OURS,
        [{ workload, token: tokens[0] ?? '' }],
        clerk.settings,
      );
      const peers = PEERS.filter(({ eras }) => eras[era] === 'measured');
      const absent = PEERS.flatMap(({ label, eras }) => {
        const here = eras[era];
        return here === 'measured' ? [] : [{ label, ...here }];
      });
      return compare(
        `${workload.name}, 64 connections`,
        [{ subject: floor, load }, ...[OURS, NEST, ...peers].map((subject) => ({ subject, load }))],
        { settings: clerk.settings, rounds: 5, about: ABOUT, absent, targets: TARGETS[era] },
      );
    },
  };
}

const ABOUT =
  'Every server runs as its documentation says, with replies in JSON where it has them, which are the cheaper ones. Those without authentication do less than the others, which favours them.';

type Targets = (measurements: readonly Measurement[]) => readonly Target[];

const TARGETS: Readonly<Record<Era, Targets>> = {
  modern: (measurements) => [
    {
      what: 'tools/call, 2026-07-28, requests per CPU second against bare Fastify',
      measured: measuredOf(measurements, OURS).ratio,
      atLeast: 0.68,
      unit: ' ×',
    },
    againstMcpNest('2026-07-28', measurements, 8),
  ],
  legacy: (measurements) => [againstMcpNest('2025-11-25 on a session', measurements, 6)],
};

function againstMcpNest(
  revision: string,
  measurements: readonly Measurement[],
  atLeast: number,
): Target {
  const [ours, theirs] = [measuredOf(measurements, OURS), measuredOf(measurements, MCP_NEST)];
  const what = `tools/call, ${revision}, against @rekog/mcp-nest`;
  return { what, measured: ours.ratio / theirs.ratio, atLeast, unit: ' ×' };
}
