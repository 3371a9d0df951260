import type { Json } from '../../src/backplane/backplane.js';
import { DenyList } from '../../src/clerk/tokens/deny-list.js';
import { BackplaneRevocationBus } from '../../src/clerk/revocation/backplane-revocation-bus.js';
import type { ClerkDirectory } from '../../src/clerk/api/clerk-directory.js';
import { SharedVerdictCache } from '../../src/clerk/tokens/shared-verdict-cache.js';
import { InProcessVerdictCache } from '../../src/clerk/tokens/verdict-cache.js';
import { DirectoryChanges } from '../../src/clerk/webhooks/directory-changes.js';
import { BackplaneEventBus } from '../../src/mcp/server/backplane-event-bus.js';
import { BackplaneEventStores } from '../../src/mcp/server/backplane-event-stores.js';
import { McpPeers } from '../../src/mcp/server/mcp-peers.js';
import { SessionAnswers } from '../../src/mcp/server/session-answers.js';
import type { SessionDirectory } from '../../src/mcp/server/session-directory.js';
import { SessionRecords } from '../../src/mcp/server/session-records.js';
import { SessionSignals } from '../../src/mcp/server/session-signals.js';
import type { LiveTask } from '../../src/mcp/tasks/live-task.js';
import { SharedTaskStore } from '../../src/mcp/tasks/shared-task-store.js';
import { TaskNodes } from '../../src/mcp/tasks/task-nodes.js';
import { ContainedTaskStore } from '../../src/mcp/tasks/task-store.js';
import { TASK_TIMES } from '../../src/mcp/tasks/dead-nodes.js';
import type { NodeInProcess } from '../support/service-of-nodes.js';

/** What nodes share: an example as another node writes it, and what this node makes of it. */
export interface Payload {
  /** As this version writes it. Later versions must read it for as long as it may be stored. */
  readonly example: Json;
  /**
   * What a node makes of a payload of another node; `undefined` if it counts as absent. An error means
   * that the other node is told so.
   */
  readonly read: (here: NodeInProcess, other: NodeInProcess, payload: Json) => Promise<unknown>;
  /** What a node must make of the example. */
  readonly isReadAs: unknown;
  /** Changes what is stored, and gives it as it is then. */
  readonly rewrite?: (here: NodeInProcess) => Promise<Json | undefined>;
  /** Members that the change writes. */
  readonly change?: Json;
}

export const HOUR = 3_600_000;
const ID = 'abcdefgh.11111111-1111-4111-8111-111111111111';
/** In the future of every run. */
const LATER = 4_000_000_000_000;
const turns = () => new Promise((resolve) => setTimeout(resolve, 5));

const RESULT = { content: [{ type: 'text', text: 'done' }] };
const TASK = {
  id: ID,
  tool: 'report',
  owner: 'owner',
  quotaKey: 'person',
  heldBytes: 2,
  createdAt: LATER,
  updatedAt: LATER,
  ttlMs: HOUR,
  pollIntervalMs: 1_000,
  state: { status: 'working' },
};
const LIMITS = { max: 9, maxPerPrincipal: 9, maxBytes: 1e6, maxBytesPerPrincipal: 1e6 };
const storeAt = (node: NodeInProcess) => new SharedTaskStore(node, LIMITS, 'mcp', () => LATER);
const sessionsAt = (node: NodeInProcess) =>
  new SessionRecords(node, 'mcp', { ttlMs: HOUR, maxPerPrincipal: 9 });

const ttl = { ttlMs: HOUR };
const SESSION_KEY = `session mcp ${ID}`;
const TASK_KEY = `task of mcp ${ID}`;
const VERDICT = 'rules:oauth_token:digest';
const PRINCIPAL = {
  tokenType: 'oauth_token',
  issuer: 'https://clerk.test',
  subject: 'user_1',
  claims: {},
};

/** What a node does with a task that it runs, of which another one tells it. */
async function followed(
  here: NodeInProcess,
  tell: () => Promise<unknown>,
): Promise<string | undefined> {
  const store = storeAt(here);
  const contained = new ContainedTaskStore(store, HOUR);
  let told: string | undefined;
  const live = {
    task: TASK,
    endAs: ({ state }: { readonly state: { readonly status: string } }) => (told = state.status),
    retrySaving: () => undefined,
  };
  await here.records.put(
    TASK_KEY,
    { v: 1, task: { ...TASK, state: { status: 'cancelled' } } },
    ttl,
  );
  const nodes = new TaskNodes({
    backplane: here,
    store,
    contained,
    live: new Map([[ID, live as unknown as LiveTask]]),
    isWatched: () => false,
    changed: () => undefined,
    now: () => LATER,
    times: TASK_TIMES,
  });
  try {
    await tell();
    await turns();
    return told;
  } finally {
    nodes.close();
  }
}

export const PAYLOADS: Readonly<Record<string, Payload>> = {
  'the record of a session': {
    example: {
      v: 1,
      owner: 'owner',
      opening: {
        method: 'initialize',
        params: {
          protocolVersion: '2025-11-25',
          capabilities: {},
          clientInfo: { name: 'client', version: '1' },
        },
      },
      challengedAt: null,
      generation: 2,
      uris: ['notes://1'],
      logLevel: 'warning',
    },
    read: async (here, other, payload) => {
      await other.records.put(SESSION_KEY, payload, ttl);
      return (await sessionsAt(here).find(ID))?.owner;
    },
    isReadAs: 'owner',
    rewrite: async (here) => {
      await sessionsAt(here).change(ID, (record) => ({ ...record, generation: 3 }));
      return (await here.records.get(SESSION_KEY))?.value;
    },
    change: { generation: 3 },
  },
  'the record of a task': {
    example: { v: 1, task: TASK, watched: true },
    read: async (here, other, payload) => {
      await other.records.put(TASK_KEY, payload, ttl);
      return (await storeAt(here).find(ID))?.tool;
    },
    isReadAs: 'report',
    rewrite: async (here) => {
      await storeAt(here).settle(ID, { status: 'completed', result: RESULT as never });
      return (await here.records.get(TASK_KEY))?.value;
    },
    change: { task: { ...TASK, state: { status: 'completed', result: RESULT } } },
  },
  'a verdict': {
    example: { v: 1, until: LATER, principal: PRINCIPAL },
    read: async (here, other, payload) => {
      await other.records.put(`clerk verdict ${VERDICT}`, payload, ttl);
      const local = new InProcessVerdictCache(9, 1e6);
      return (await new SharedVerdictCache(local, here, HOUR).get(VERDICT))?.outcome;
    },
    isReadAs: 'accepted',
  },
  'a stored revocation': {
    example: { v: 1, until: LATER, revocation: { userId: 'user_1' } },
    read: async (here, other, payload) => {
      const member = JSON.stringify(payload);
      await other.counters.enter('clerk revocations others 0', member, { max: 9, ...ttl });
      const bus = busAt(here);
      await bus.load();
      return bus.heard[0];
    },
    isReadAs: { userId: 'user_1' },
  },
  'a revocation that is published': {
    example: { v: 1, from: 'other234', until: LATER, revocation: { userId: 'user_1' } },
    read: async (here, other, payload) => {
      const bus = busAt(here);
      await other.topics.publish('clerk revocations', payload);
      return bus.heard[0];
    },
    isReadAs: { userId: 'user_1' },
  },
  'a change of cached users': {
    example: { v: 1, from: 'other234', change: { userId: 'user_1' } },
    read: async (here, other, payload) => {
      let forgotten: unknown;
      const forgetChanged = (change: unknown) => (forgotten = change);
      const directory = { forgetChanged, forgetAll: () => undefined };
      const changes = new DirectoryChanges(directory as unknown as ClerkDirectory, here);
      await other.topics.publish('clerk directory', payload);
      changes.onModuleDestroy();
      return forgotten;
    },
    isReadAs: { userId: 'user_1' },
  },
  'a change of the catalog': {
    example: { v: 1, event: { kind: 'resource_updated', uri: 'notes://1' } },
    read: async (here, other, payload) => {
      let uri: unknown;
      new BackplaneEventBus(here, 'mcp').subscribe((event) => (uri = Reflect.get(event, 'uri')));
      await other.topics.publish('changes mcp', payload);
      return uri;
    },
    isReadAs: 'notes://1',
  },
  'a signal of a session': {
    example: { v: 1, from: 'other234', kind: 'ended', id: ID },
    read: async (here, other, payload) => {
      let ended: unknown;
      const none = () => undefined;
      const handlers = { changed: none, cancelled: none, streamMoved: none, missed: none };
      const signals = new SessionSignals(here, 'mcp', {
        ...handlers,
        ended: (id) => void (ended = id),
      });
      await other.topics.publish('sessions mcp', payload);
      signals.close();
      return ended;
    },
    isReadAs: ID,
  },
  'an answer of a client for another node': {
    example: { v: 1, id: ID, message: { jsonrpc: '2.0', id: 'q.1', result: {} } },
    read: async (here, other, payload) => {
      let answer: unknown;
      const receiveAnswer = ({ id }: { readonly id: unknown }) => (answer = id);
      const sessions = { peek: () => ({ transport: { receiveAnswer } }) };
      const answers = new SessionAnswers(here, 'mcp', sessions as unknown as SessionDirectory);
      await other.mailbox.ask(here.nodeId, 'answer mcp', payload);
      answers.close();
      return answer;
    },
    isReadAs: 'q.1',
  },
  'an event of a call': {
    example: { v: 1, message: { jsonrpc: '2.0', method: 'notifications/progress' } },
    read: async (here, other, payload) => {
      const store = new BackplaneEventStores(here.logs, {
        sessionEvents: 9,
        sessionEventLength: 1e6,
      }).create(ID);
      const first = await store.storeEvent('stream', { jsonrpc: '2.0', method: 'first' });
      await other.logs.append(`events ${ID} stream`, payload, { ...ttl, maxEntries: 9 });
      let method: unknown;
      await store.replayEventsAfter(first, {
        send: async (_, message) => void (method = Reflect.get(message, 'method')),
      });
      return method;
    },
    isReadAs: 'notifications/progress',
  },
  'an announced change of a task': {
    example: { v: 1, id: ID, revision: 9 },
    read: (here, other, payload) =>
      followed(here, () => other.topics.publish('tasks of mcp', payload)),
    isReadAs: 'cancelled',
  },
  'a message about a task': {
    example: { v: 1, id: ID },
    read: (here, other, payload) =>
      followed(here, () => other.mailbox.ask(here.nodeId, 'tasks of mcp', payload)),
    isReadAs: 'cancelled',
  },
  'a message of the application': {
    example: { v: 1, message: { name: 'plugin' } },
    read: async (here, other, payload) => {
      let heard: unknown;
      new McpPeers(here).on('plugin', ({ name }) => (heard = name));
      await other.topics.publish('application plugin', payload);
      return heard;
    },
    isReadAs: 'plugin',
  },
};

function busAt(node: NodeInProcess): BackplaneRevocationBus & { readonly heard: unknown[] } {
  const denied = new DenyList({ ttl: HOUR, max: 9 });
  const bus = new BackplaneRevocationBus(node, denied, { max: 9, askMs: 1 });
  const heard: unknown[] = [];
  bus.subscribe((revocation) => void heard.push(revocation));
  return Object.assign(bus, { heard });
}
