import { setTimeout } from 'node:timers/promises';
import type { BenchClerk } from '../clerk.js';
import { callEach } from '../load/call-each.js';
import { drive } from '../load/drive.js';
import { openSessions, type OpenedSession } from '../load/sessions.js';
import { echoCall } from '../load/workload.js';
import { SubjectGroup } from '../subject-group.js';
import type { Subject } from '../subjects.js';
import { countCommands, type CommandCount } from './command-count.js';
import type { RedisServer } from './redis-server.js';

/** Commands to Redis, of nodes that do nothing and of calls. */
export interface CommandsOfNodes {
  readonly nodes: number;
  /** All commands of all nodes, and how long they were counted. */
  readonly rest: { readonly count: CommandCount; readonly seconds: number };
  readonly calls: readonly CallCommands[];
}

/** Commands of some calls, without those that nodes at rest send. */
export interface CallCommands {
  readonly what: 'stateless' | 'session' | 'opening' | 'miss';
  readonly calls: number;
  readonly seconds: number;
  readonly count: CommandCount;
}

/** Counts what the nodes of a service send to Redis. */
export async function measureCommands(
  service: Subject & { readonly nodes: number },
  { tokens: tokensOf, tokensOfUsers, settings }: BenchClerk,
  redis: RedisServer,
): Promise<CommandsOfNodes> {
  const tokens = await tokensOf(1);
  const users = await tokensOfUsers(USERS);
  const group = await SubjectGroup.start(service, settings);
  try {
    const [url = '', other = ''] = group.urls;
    await setTimeout(SETTLE_MS);
    const rest = await timed(redis, () => setTimeout(REST_MS));
    const load = { url, tokens, connections: 16, requests: CALLS };
    const calls: CallCommands[] = [];
    const count = async (
      what: CallCommands['what'],
      number: number,
      work: () => Promise<unknown>,
    ) => {
      const all = await timed(redis, work);
      calls.push({ what, calls: number, ...all, count: all.count.without(rest.count) });
    };
    await drive({ ...load, workload: echoCall('modern'), requests: 64 });
    await count('stateless', CALLS, () => drive({ ...load, workload: echoCall('modern') }));

    const legacy = echoCall('legacy');
    const sessions = await openSessions(url, tokens, 16);
    await callEach(url, sessions, legacy);
    await count('session', CALLS, () => drive({ ...load, workload: legacy, sessions }));

    let missed: readonly OpenedSession[] = [];
    await count('opening', MISSES, async () => {
      missed = await openSessions(url, users, MISSES);
    });
    await count('miss', MISSES, () => callEach(other, missed, legacy));
    return { nodes: service.nodes, rest, calls };
  } finally {
    await group.stop();
  }
}

const CALLS = 10_000;
const USERS = 32;
const MISSES = 512;
/** After which a node that was started has done what it does once. */
const SETTLE_MS = 5_000;
const REST_MS = 30_000;

async function timed(redis: RedisServer, work: () => Promise<unknown>) {
  const started = performance.now();
  const count = await countCommands(redis, work);
  return { count, seconds: (performance.now() - started) / 1_000 };
}
