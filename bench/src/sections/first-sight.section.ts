import type { Contender, Measurement } from '../load/rounds.js';
import { echoCall } from '../load/workload.js';
import type { Target } from '../report/target.js';
import { OURS, type Subject } from '../subjects.js';
import { compare, measuredOf } from './comparison.js';
import type { Section } from './section.js';

/**
 * Calls that each bring a token which the server has never seen, against `jwtVerify` of jose on bare
 * Fastify. The tokens of a round are signed before it starts.
 */
export const firstSight: Section = {
  name: 'first-sight',
  run: async ({ clerk }) => {
    const pools = new Map<number, Promise<readonly string[]>>();
    const poolOf = (round: number) => {
      const pool = pools.get(round) ?? clerk.tokens(round === 0 ? WARM_UP : REQUESTS);
      pools.set(round, pool);
      return pool;
    };
    const workload = echoCall('modern');
    const contender = (subject: Subject): Contender => ({
      subject,
      load: async (round) => {
        const tokens = await poolOf(round);
        return { workload, tokens, requests: tokens.length, connections: CONNECTIONS };
      },
    });
    return compare(
      `${workload.name}, a new token each time, ${CONNECTIONS} connections`,
      [contender(JOSE), contender(OURS)],
      { settings: clerk.settings, rounds: 7, targets: targetsOf },
    );
  },
};

function targetsOf(measurements: readonly Measurement[]): readonly Target[] {
  const what = 'First sight of a token, against jose on bare Fastify';
  return [{ what, measured: measuredOf(measurements, OURS).ratio, atLeast: 0.8, unit: ' ×' }];
}

const JOSE: Subject = {
  script: 'bare-fastify-jose',
  label: 'bare Fastify',
  authentication: '`jwtVerify` of jose',
};

const CONNECTIONS = 64;
/** Multiples of the connections, so that each of these has the same share of tokens. */
const REQUESTS = 100 * CONNECTIONS;
/** As long as that of the other sections: the compiler is to be done with both. */
const WARM_UP = 600 * CONNECTIONS;
