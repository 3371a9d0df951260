import { measureSessions, type SessionSample } from '../memory/idle-sessions.js';
import { GET_RECORD, SUMS, type CommandCount } from '../nodes/command-count.js';
import { measureCommands, type CallCommands, type CommandsOfNodes } from '../nodes/commands.js';
import { EVENTS, LISTENERS, measureEvents, type EventCost } from '../nodes/event-cost.js';
import { measureNodeCalls, type NodeCalls } from '../nodes/node-calls.js';
import { ratioOf } from '../load/rounds.js';
import { missingRedis, RedisServer } from '../nodes/redis-server.js';
import { toSvg } from '../report/bars.js';
import { ratioBar } from '../report/ratio-bar.js';
import { toMillis, toRow } from '../report/table.js';
import type { Target } from '../report/target.js';
import { SERVICE, type Subject } from '../subjects.js';
import type { Section } from './section.js';

/** What it costs to share the service between nodes over Redis. */
export const nodes: Section = {
  name: 'nodes',
  run: async ({ clerk }) => {
    const skipped = missingRedis();
    if (skipped !== undefined) return { skipped };
    const redis = await RedisServer.start();
    try {
      const calls = await measureNodeCalls(
        {
          alone: { ...SERVICE, label: 'one process, no Redis' },
          node: sharedService(redis, 'one', { label: 'one node' }),
          nodes: { ...sharedService(redis, 'three', { label: `${NODES} nodes` }), nodes: NODES },
        },
        clerk,
      );
      const commands = await measureCommands(
        { ...sharedService(redis, 'counted', {}), nodes: NODES },
        clerk,
        redis,
      );
      const events = await measureEvents(clerk, redis, isFirstImpression() ? 900 : 9_900);
      const memory = await measureMemory(redis, await clerk.tokensOfUsers(USERS), clerk.settings);
      return {
        title: TITLE,
        about: ABOUT,
        table: [
          callsTable(calls),
          'Commands to Redis, without those that a node sends at rest:',
          commandsTable(commands),
          `At rest, a node sends ${atRest(commands).toFixed(2)} commands a second (${NODES} nodes, ${commands.rest.seconds.toFixed(0)} s: ${namesOf(commands.rest.count)}).`,
          'CPU time of a node for one event, in turn at two nodes:',
          eventsTable(events),
          `An idle session of 2025-11-25 takes ${memory.heap.toFixed(0)} bytes of heap and ${memory.resident.toFixed(0)} bytes of resident memory at a node that has served it in the last minute, and ${memory.redis.toFixed(0)} bytes in Redis.`,
        ].join('\n\n'),
        picture: pictureOf(calls),
        targets: [...callTargets(calls), ...commandTargets(commands), ...eventTargets(events)],
        numbers: { calls, commands, events, memory },
      };
    } finally {
      await redis.stop();
    }
  },
};

const TITLE = 'tools/call of a protected echo at several nodes';
const NODES = 3;
const USERS = 250;
const ABOUT = `The service as shipped, with limits and audit on, and redis-server on the same machine. CPU time is that of the processes of the service, without Redis; those of ${NODES} nodes are added up, and requests go to them in turn. Numbers are medians of rounds in which each has its turn.`;

/** The service as a node, whose state is apart from that of nodes with another prefix. */
function sharedService({ url }: RedisServer, prefix: string, more: Partial<Subject>): Subject {
  return { ...SERVICE, args: ['redis', url, prefix], ...more };
}

function isFirstImpression(): boolean {
  return process.argv.includes('--rounds');
}

interface SessionMemory {
  /** Bytes per session. */
  readonly heap: number;
  readonly resident: number;
  readonly redis: number;
  readonly samples: readonly SessionSample[];
}

async function measureMemory(
  redis: RedisServer,
  tokens: readonly string[],
  settings: Parameters<typeof measureSessions>[1]['settings'],
): Promise<SessionMemory> {
  const before = await redis.usedBytes();
  const node = sharedService(redis, 'memory', {});
  const samples = await measureSessions(node, { settings, tokens, snapshots: false });
  const [fewer, more] = samples.slice(-2);
  if (!fewer || !more) throw new Error('Sessions were to be measured.');
  const each = (of: (sample: SessionSample) => number) =>
    (of(more) - of(fewer)) / (more.sessions - fewer.sessions);
  return {
    heap: each(({ heap }) => heap),
    resident: each(({ resident }) => resident),
    redis: ((await redis.usedBytes()) - before) / more.sessions,
    samples,
  };
}

function callsTable(calls: readonly NodeCalls[]): string {
  return [
    '| call | service | CPU µs / call | × in requests per CPU second | of rounds | p50 ms | p99 ms | resident MB |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...calls.flatMap(({ era, alone, node, nodes: several, apart }) =>
      [alone, ...(apart ? [apart] : []), node, several].map((one) =>
        toRow([
          ERA[era],
          one.label,
          one.microsPerRequest.toFixed(0),
          one === alone
            ? '1'
            : `${one.ratio.toFixed(2)} of ${one === several ? node.label : alone.label}`,
          one === alone ? '' : one.spread.map((value) => value.toFixed(2)).join('–'),
          toMillis(one.latency.p50),
          toMillis(one.latency.p99),
          one.residentMegabytes.toFixed(0),
        ]),
      ),
    ),
  ].join('\n');
}

function commandsTable({ calls }: CommandsOfNodes): string {
  return [
    '| call | commands per call | sums of rate limits, a second | which commands, per call |',
    '| --- | ---: | ---: | --- |',
    ...calls.map((one) =>
      toRow([
        CALL[one.what],
        perCall(one).toFixed(2),
        (one.count.of(SUMS) / one.seconds).toFixed(1),
        namesOf(one.count, one.calls),
      ]),
    ),
  ].join('\n');
}

function eventsTable(events: readonly EventCost[]): string {
  return [
    '| event | sessions | of which listen | CPU µs per event | of rounds |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...events.map(({ kind, sessions, micros, microsOfRounds }) =>
      toRow([
        kind,
        sessions.toLocaleString('en'),
        LISTENERS,
        micros.toFixed(0),
        [Math.min(...microsOfRounds), Math.max(...microsOfRounds)]
          .map((value) => value.toFixed(0))
          .join('–'),
      ]),
    ),
  ].join('\n');
}

function pictureOf(calls: readonly NodeCalls[]): string {
  return toSvg({
    title: TITLE,
    subtitle: 'Requests per CPU second: one node = × one process, several nodes = × one node',
    bars: calls.flatMap(({ era, node, nodes: several }) =>
      [node, several].map((one) => ratioBar(one, `nestjs-clerk-mcp: ${one.label}, ${ERA[era]}`)),
    ),
  });
}

const ERA = { modern: '2026-07-28', legacy: '2025-11-25 on a session' } as const;
const CALL = {
  stateless: '2026-07-28',
  session: '2025-11-25, on a session that the node knows',
  opening: '2025-11-25, `initialize`',
  miss: '2025-11-25, the first one of a session at another node',
} as const;

function callTargets(calls: readonly NodeCalls[]): readonly Target[] {
  return calls.flatMap(({ era, node, nodes: several, apart }): readonly Target[] => [
    {
      what: `tools/call, ${ERA[era]}: one node against one process without Redis`,
      measured: node.ratio,
      atLeast: era === 'modern' ? 0.95 : 0.9,
      unit: ' ×',
    },
    {
      what: `tools/call, ${ERA[era]}: CPU time per call of ${NODES} nodes against one`,
      measured: 1 / several.ratio,
      atMost: 1.15,
      unit: ' ×',
    },
    ...(apart
      ? [
          {
            what: `tools/call, ${ERA[era]}: CPU time per call of ${NODES} nodes against ${apart.label}`,
            measured: ratioOf(apart, several),
            atMost: 1.15,
            unit: ' ×',
          },
        ]
      : []),
  ]);
}

function commandTargets(commands: CommandsOfNodes): readonly Target[] {
  return [
    ...commands.calls
      .filter(({ what }) => what !== 'opening')
      .map((one): Target => ({
        what: `${one.what === 'miss' ? 'Reads of Redis' : 'Commands to Redis'} per call, ${CALL[one.what]}`,
        measured: one.what === 'miss' ? one.count.of(GET_RECORD) / one.calls : perCall(one),
        atMost: one.what === 'miss' ? 1 : 0,
        unit: '',
      })),
    {
      what: 'Commands to Redis of a node at rest',
      measured: atRest(commands),
      atMost: 1,
      unit: ' / s',
    },
  ];
}

function eventTargets(events: readonly EventCost[]): readonly Target[] {
  return EVENTS.flatMap((kind) => {
    const [few, many] = events.filter((event) => event.kind === kind);
    if (!few || !many) return [];
    return [
      {
        what: `CPU time of an event (${kind}) at ${many.sessions} sessions of which ${LISTENERS} listen, against ${few.sessions} that all listen`,
        measured: many.micros / few.micros,
        atMost: 2,
        unit: ' ×',
      },
    ];
  });
}

/** Without the sums of rate limits, which depend on time and callers, not on calls. */
function perCall({ count, calls }: CallCommands): number {
  return (count.total - count.of(SUMS)) / calls;
}

function atRest({ rest, nodes: several }: CommandsOfNodes): number {
  return rest.count.total / rest.seconds / several;
}

function namesOf({ counts }: CommandCount, calls = 1): string {
  const names = Object.entries(counts).map(([name, count]) => `${name} ${round(count / calls)}`);
  return names.length === 0 ? 'none' : names.join(', ');
}

function round(value: number): string {
  return value < 0.1 ? value.toPrecision(1) : String(Number(value.toFixed(2)));
}
