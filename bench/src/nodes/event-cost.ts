import { setTimeout } from 'node:timers/promises';
import type { BenchClerk } from '../clerk.js';
import { callEach } from '../load/call-each.js';
import { median } from '../load/median.js';
import { roundsOf } from '../load/rounds.js';
import { rpcRequest } from '../load/rpc.js';
import { SessionListeners } from '../load/session-listeners.js';
import { openSessions, type OpenedSession } from '../load/sessions.js';
import { echoCall } from '../load/workload.js';
import { SubjectProcess } from '../subject-process.js';
import { countCommands, GET_RECORD } from './command-count.js';
import type { RedisServer } from './redis-server.js';

export const EVENTS = ['resource updated', 'list changed'] as const;
export type EventKind = (typeof EVENTS)[number];

/** What one event costs a node with so many sessions, {@link LISTENERS} of which listen. */
export interface EventCost {
  readonly kind: EventKind;
  readonly sessions: number;
  /** CPU time of one event, in microseconds. Median of the rounds. */
  readonly micros: number;
  readonly microsOfRounds: readonly number[];
}

/**
 * Measures what an event costs, in turn at a node whose sessions all listen and at one with many more that do
 * not. What the node does anyway in the same time is subtracted.
 *
 * @param idle sessions that do not listen
 */
export async function measureEvents(
  { tokensOfUsers, settings }: BenchClerk,
  redis: RedisServer,
  idle: number,
): Promise<readonly EventCost[]> {
  const tokens = await tokensOfUsers(USERS);
  const crowds: Crowd[] = [];
  try {
    for (const count of [0, idle]) crowds.push(await openCrowd(count, { tokens, settings, redis }));
    // Until the compiler is done.
    for (const crowd of crowds) for (const kind of EVENTS) await sample(crowd, kind);
    const samples = new Map(crowds.map((crowd) => [crowd, new Map<EventKind, number[]>()]));
    for (let round = 1; round <= roundsOf(ROUNDS); round += 1) {
      for (const crowd of round % 2 === 1 ? crowds : crowds.toReversed()) {
        await use(crowd, redis);
        for (const kind of EVENTS) {
          const known = samples.get(crowd)?.get(kind) ?? [];
          samples.get(crowd)?.set(kind, [...known, await sample(crowd, kind)]);
        }
      }
    }
    return EVENTS.flatMap((kind) =>
      crowds.map((crowd) => {
        const microsOfRounds = samples.get(crowd)?.get(kind) ?? [];
        const sessions = LISTENERS + crowd.idle.length;
        return { kind, sessions, micros: median(microsOfRounds), microsOfRounds };
      }),
    );
  } finally {
    for (const { listeners, process } of crowds) {
      listeners.close();
      await process.stop();
    }
  }
}

export const LISTENERS = 100;
/** Four listeners of each. */
const USERS = 150;
const ROUNDS = 9;
/** Of each round. Changes of a list within 250 ms are one. */
const TIMES: Readonly<Record<EventKind, number>> = { 'resource updated': 100, 'list changed': 12 };

/** A node, and its sessions. */
interface Crowd {
  readonly process: SubjectProcess;
  readonly listeners: SessionListeners;
  readonly idle: readonly OpenedSession[];
}

async function openCrowd(
  count: number,
  {
    tokens,
    settings,
    redis,
  }: Pick<BenchClerk, 'settings'> & {
    readonly tokens: readonly string[];
    readonly redis: RedisServer;
  },
): Promise<Crowd> {
  const args = [redis.url, `events-${count}`];
  const process = await SubjectProcess.start('events', settings, { args });
  const { url } = process;
  const listeners = new SessionListeners(url);
  try {
    const idle = await openSessions(url, tokens, count);
    const listening = await openSessions(url, tokens.slice(0, LISTENERS / 4), LISTENERS);
    for (const session of listening) await subscribe(url, session);
    await listeners.listen(listening);
    return { process, listeners, idle };
  } catch (cause) {
    listeners.close();
    await process.stop();
    throw cause;
  }
}

/** A node lets go of a session that was not used for a minute: they are used before each round. */
async function use({ process, idle }: Crowd, redis: RedisServer): Promise<void> {
  await callEach(process.url, idle, echoCall('legacy'));
  const some = idle.filter((_, at) => at % KNOWN_SAMPLE === 0);
  const read = await countCommands(redis, () => callEach(process.url, some, echoCall('legacy')));
  if (read.of(GET_RECORD) > 0) throw new Error('The node has let go of sessions in a round.');
}

/** CPU time of one event, in microseconds. */
async function sample({ process, listeners }: Crowd, kind: EventKind): Promise<number> {
  const before = await process.collect();
  const started = performance.now();
  for (let time = 0; time < TIMES[kind]; time += 1) {
    await listeners.hear(() => process.tell(kind));
  }
  const busy = await process.usage();
  await setTimeout(performance.now() - started);
  const rest = await process.usage();
  const micros = busy.cpuMicros - before.cpuMicros - (rest.cpuMicros - busy.cpuMicros);
  return micros / TIMES[kind];
}

async function subscribe(url: string, { id: session, token }: OpenedSession): Promise<void> {
  const message = { id: 1, method: 'resources/subscribe', params: { uri: 'clock://now' } };
  const request = rpcRequest('legacy', message, { token, session });
  const response = await fetch(url, { method: 'POST', ...request });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`resources/subscribe was answered ${response.status}.`);
}

/** One in so many is asked whether the node still knows it. */
const KNOWN_SAMPLE = 50;
