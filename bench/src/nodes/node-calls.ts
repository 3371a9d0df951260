import { measure, type Contender, type Measurement } from '../load/rounds.js';
import type { Era } from '../load/rpc.js';
import { echoCall } from '../load/workload.js';
import type { BenchClerk } from '../clerk.js';
import type { Subject } from '../subjects.js';

/** A call of one era, at each way to run the service. */
export interface NodeCalls {
  readonly era: Era;
  readonly alone: Measurement;
  /** One node with Redis. Its ratio is against the one without. */
  readonly node: Measurement;
  /** Several nodes. Its ratio is against one node. */
  readonly nodes: Measurement;
  /**
   * As many processes that share nothing, where calls need no session. Its ratio is against one of them: what
   * several processes cost on these cores.
   */
  readonly apart: Measurement | undefined;
}

/** Measures calls in turn at a service without Redis, at one node, and at several behind round robin. */
export async function measureNodeCalls(
  services: {
    readonly alone: Subject;
    readonly node: Subject;
    readonly nodes: Subject & { readonly nodes: number };
  },
  { tokens: tokensOf, settings }: BenchClerk,
): Promise<readonly NodeCalls[]> {
  const tokens = await tokensOf(1);
  const contenders = ERAS.flatMap((era) => {
    const load = ({ nodes = 1 }: Subject) => {
      const warmUp = WARM_UP * nodes;
      return (round: number) => ({
        workload: echoCall(era),
        tokens,
        connections: CONNECTIONS,
        requests: round === 0 ? warmUp : REQUESTS,
      });
    };
    const alone: Contender = { subject: services.alone, load: load(services.alone) };
    const node: Contender = { subject: services.node, load: load(services.node), against: alone };
    const nodes = { subject: services.nodes, load: load(services.nodes), against: node };
    const subject = {
      ...services.alone,
      label: `${services.nodes.nodes} processes, no Redis`,
      nodes: services.nodes.nodes,
    };
    const apart = { subject, load: load(subject), against: alone };
    return era === 'modern' ? [alone, node, nodes, apart] : [alone, node, nodes];
  });
  const [first, ...others] = contenders;
  if (!first) return [];
  const measured = await measure([first, ...others], { settings, rounds: ROUNDS });
  return ERAS.map((era) => {
    const from = era === 'modern' ? 0 : 4;
    const [alone, node, nodes, apart] = measured.slice(from, from + 4);
    if (!alone || !node || !nodes) throw new Error(`${era} was not measured.`);
    return { era, alone, node, nodes, apart };
  });
}

const ERAS = ['modern', 'legacy'] as const;
const CONNECTIONS = 64;
const REQUESTS = 30 * CONNECTIONS;
const WARM_UP = 100 * CONNECTIONS;
const ROUNDS = 25;
