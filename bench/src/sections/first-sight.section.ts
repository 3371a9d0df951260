import type { Contender, Measurement } from '../load/rounds.js';
import { echoCall } from '../load/workload.js';
import type { Target } from '../report/target.js';
import { OURS, type Subject } from '../subjects.js';
import { compare, measuredOf } from './comparison.js';
import type { Section } from './section.js';

/**
 * Calls that each bring a token which the server has never seen, against `jwtVerify` of jose on bare
 * Fastify. The tokens of a round are signed before it starts. Opaque tokens are verified by Clerk, whose
 * answer the process of the server gives itself.
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
    const opaques = (round: number) => clerk.opaqueTokens(round === 0 ? WARM_UP : REQUESTS);
    const contender = (
      subject: Subject,
      tokensOf: (round: number) => Promise<readonly string[]> | readonly string[],
    ): Contender => ({
      subject,
      load: async (round) => {
        const tokens = await tokensOf(round);
        return { workload, tokens, requests: tokens.length, connections: CONNECTIONS };
      },
    });
    return compare(
      `${workload.name}, a new token each time, ${CONNECTIONS} connections`,
      [contender(JOSE, poolOf), contender(OURS, poolOf), contender(OPAQUE, opaques)],
      { settings: clerk.settings, rounds: 9, about: ABOUT, targets: targetsOf },
    );
  },
};

const ABOUT =
  'The answer of Clerk to an opaque token comes from a stub of fetch in the process of the server: sending the request is not measured, all else is.';

function targetsOf(measurements: readonly Measurement[]): readonly Target[] {
  return [
    {
      what: 'First sight of a JWT, against jose on bare Fastify',
      measured: measuredOf(measurements, OURS).ratio,
      atLeast: 0.85,
      unit: ' ×',
    },
    {
      what: 'First sight of an opaque token, Clerk’s answer excluded, against jose on bare Fastify',
      measured: measuredOf(measurements, OPAQUE).ratio,
      atLeast: 0.6,
      unit: ' ×',
    },
  ];
}

const OPAQUE: Subject = {
  script: 'opaque',
  label: 'nestjs-clerk-mcp, opaque tokens',
  authentication: 'Clerk, each token verified',
};

const JOSE: Subject = {
  script: 'bare-fastify-jose',
  label: 'bare Fastify',
  authentication: '`jwtVerify` of jose',
};

const CONNECTIONS = 64;
/** Multiples of the connections, so that each of these has the same share of tokens. */
const REQUESTS = 30 * CONNECTIONS;
/** The compiler is to be done with all of them. */
const WARM_UP = 300 * CONNECTIONS;
