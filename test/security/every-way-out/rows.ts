import type { Era } from '../../support/mcp-request.js';
import type { World } from './world.js';

/** What of each rule comes out by one method. */
export interface Row {
  readonly eras: readonly Era[];
  /**
   * `nothing`: no secret, for anybody. `rules`: what the rules let out. `lists`: the same, without
   * verifying anew. `tasks`: the same, of tasks of one's own.
   */
  readonly lets: 'nothing' | 'rules' | 'lists' | 'tasks';
  /** Whether it came out on a stream: `before` access was lost, or at any time. */
  readonly onStream?: 'before' | 'always';
  /** The rules of which something came out. */
  readonly out: (world: World) => Promise<readonly string[]> | readonly string[];
}

const BOTH = ['modern', 'legacy'] as const;
const MODERN = ['modern'] as const;
const LEGACY = ['legacy'] as const;

/** The rules that a text names after a marker. */
const named = (text: string, marker: string): readonly string[] => [
  ...new Set(
    [...text.matchAll(new RegExp(`${marker}:([\\w-]+)`, 'g'))].map(([, rule = '']) => rule),
  ),
];
const anything = (text: string) => named(text, '(?:secret|listed|log|progress|form|sample|roots)');

/** Sends one message for each rule. */
const each = async (
  world: World,
  method: string,
  params: (rule: string) => Record<string, unknown>,
): Promise<string> => {
  const answers = [];
  for (const { name } of world.host.rules) answers.push(await world.ask(method, params(name)));
  return answers.map(({ text }) => text).join('\n');
};

const nothing = (
  eras: readonly Era[],
  method: string,
  params: Record<string, unknown> = {},
): Row => ({
  eras,
  lets: 'nothing',
  out: async (world) => anything((await world.ask(method, params)).text),
});
const list = (method: string): Row => ({
  eras: BOTH,
  lets: 'lists',
  out: async (world) => {
    const { text } = await world.ask(method);
    // A definition, and nothing that the entry answers.
    return [...named(text, 'listed'), ...named(text, 'secret').map((rule) => `secret ${rule}`)];
  },
});
const called = (tool: string, marker: string, eras: readonly Era[] = BOTH): Row => ({
  eras,
  lets: 'rules',
  out: async (world) => {
    const params = (rule: string) => ({ name: `${tool}${rule}`, arguments: {} });
    return named(await each(world, 'tools/call', params), marker);
  },
});
const ofTask = (out: Row['out']): Row => ({ eras: MODERN, lets: 'tasks', out });
const change = (method: string): Row => ({
  eras: BOTH,
  lets: 'nothing',
  onStream: 'always',
  // It names no entry. Whoever sees none of them is the business of test/mcp/changes.
  out: ({ heard, situation }) =>
    heard.includes(method) || situation.isShutOut ? anything('') : [`missing ${method}`],
});
/** Nobody sends it here: it is in nothing that came out. */
const neverSent = (method: string): Row => ({
  eras: BOTH,
  lets: 'nothing',
  out: ({ heard }) => (heard.includes(`"${method}"`) ? [method] : []),
});

export const ROWS: Readonly<Record<string, Row>> = {
  initialize: nothing(LEGACY, 'initialize', {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'x', version: '1' },
  }),
  ping: nothing(BOTH, 'ping'),
  'server/discover': nothing(MODERN, 'server/discover'),
  'logging/setLevel': nothing(LEGACY, 'logging/setLevel', { level: 'debug' }),
  'tools/list': list('tools/list'),
  'prompts/list': list('prompts/list'),
  'resources/list': list('resources/list'),
  'resources/templates/list': list('resources/templates/list'),
  'tools/call': called('', 'secret'),
  'prompts/get': {
    eras: BOTH,
    lets: 'rules',
    out: async (world) =>
      named(await each(world, 'prompts/get', (name) => ({ name, arguments: {} })), 'secret'),
  },
  'resources/read': {
    eras: BOTH,
    lets: 'rules',
    out: async (world) => {
      const fixed = await each(world, 'resources/read', (rule) => ({ uri: `data://${rule}` }));
      const family = await each(world, 'resources/read', (rule) => ({ uri: `item://${rule}/7` }));
      const [one, other] = [named(fixed, 'secret'), named(family, 'secret')];
      return one.join() === other.join() ? one : [...one, 'not the same:', ...other];
    },
  },
  'completion/complete': {
    eras: BOTH,
    lets: 'rules',
    out: async (world) => {
      const ofTarget = await each(world, 'completion/complete', (name) => ({
        ref: { type: 'ref/prompt', name },
        argument: { name: 'word', value: '' },
      }));
      const ofTemplate = await each(world, 'completion/complete', (rule) => ({
        ref: { type: 'ref/resource', uri: `item://${rule}/{id}` },
        argument: { name: 'id', value: '' },
      }));
      const own = await each(world, 'completion/complete', (rule) => ({
        ref: { type: 'ref/prompt', name: 'dictionary' },
        argument: { name: `of-${rule}`, value: '' },
      }));
      const [one = [], ...others] = [ofTarget, ofTemplate, own].map((text) =>
        named(text, 'secret'),
      );
      return others.every((other) => other.join() === one.join())
        ? one
        : [...one, ...others.flat()];
    },
  },
  'resources/subscribe': {
    eras: LEGACY,
    lets: 'rules',
    out: async (world) => {
      const taken: string[] = [];
      for (const { name } of world.host.rules) {
        const { status, body } = await world.ask('resources/subscribe', { uri: `data://${name}` });
        if (status === 200 && body.result) taken.push(name);
      }
      return taken;
    },
  },
  'resources/unsubscribe': nothing(LEGACY, 'resources/unsubscribe', { uri: 'data://read' }),
  'subscriptions/listen': {
    eras: MODERN,
    lets: 'nothing',
    onStream: 'always',
    // What it is good for are the notifications below; it never tells of a URI that nothing has.
    out: ({ heard }) => (heard.includes('data://nowhere') ? ['nowhere'] : []),
  },
  'tasks/get': ofTask(async (world) => {
    const answers = [];
    for (const taskId of world.tasks.values())
      answers.push(await world.ask('tasks/get', { taskId }));
    return named(answers.map(({ text }) => text).join('\n'), 'secret');
  }),
  'tasks/update': ofTask(async (world) => {
    const taken: string[] = [];
    for (const [rule, taskId] of world.tasks) {
      const { body } = await world.ask('tasks/update', { taskId, inputResponses: {} });
      if (body.result) taken.push(rule);
    }
    return taken;
  }),
  'tasks/cancel': ofTask(({ cancelled }) =>
    [...cancelled].flatMap(([rule, isCancelled]) => (isCancelled ? [rule] : [])),
  ),
  // Methods of the tasks of 2025-11-25, which are not served.
  'tasks/list': nothing(BOTH, 'tasks/list'),
  'tasks/result': nothing(BOTH, 'tasks/result', { taskId: 'x' }),
  'notifications/tasks/status': neverSent('notifications/tasks/status'),
  // What a client tells.
  'notifications/initialized': nothing(LEGACY, 'notifications/initialized'),
  'notifications/roots/list_changed': nothing(LEGACY, 'notifications/roots/list_changed'),
  'notifications/cancelled': nothing(BOTH, 'notifications/cancelled', { requestId: 1 }),
  // What the server asks: in 2026-07-28 within the answer to a call, before that on its stream.
  'elicitation/create': called('ask-', 'form', MODERN),
  'sampling/createMessage': called('ask-', 'sample', MODERN),
  'roots/list': called('ask-', 'roots', MODERN),
  // What the server tells.
  'notifications/progress': called('', 'progress'),
  'notifications/message': called('', 'log'),
  'notifications/elicitation/complete': neverSent('notifications/elicitation/complete'),
  'notifications/tools/list_changed': change('notifications/tools/list_changed'),
  'notifications/prompts/list_changed': change('notifications/prompts/list_changed'),
  'notifications/resources/list_changed': change('notifications/resources/list_changed'),
  'notifications/subscriptions/acknowledged': {
    eras: MODERN,
    lets: 'tasks',
    onStream: 'before',
    // Of what only its owner knows, it acknowledges what may be told.
    out: ({ heard, tasks }) =>
      [...tasks].flatMap(([rule, id]) => (acknowledgedTasks(heard).includes(id) ? [rule] : [])),
  },
  'notifications/resources/updated': {
    eras: BOTH,
    lets: 'rules',
    onStream: 'always',
    out: ({ heard }) =>
      [...heard.matchAll(/resources\/updated","params":\{[^}]*"uri":"data:\/\/([\w-]+)"/g)]
        .map(([, rule = '']) => rule)
        .filter((rule, index, all) => rule !== 'marker' && all.indexOf(rule) === index),
  },
  'notifications/tasks': {
    eras: MODERN,
    lets: 'tasks',
    onStream: 'always',
    out: ({ heard }) => named(heard, 'secret'),
  },
};

function acknowledgedTasks(heard: string): string {
  return [...heard.matchAll(/subscriptions\/acknowledged".*?"taskIds":(\[.*?\])/g)]
    .map(([, ids]) => ids)
    .join();
}
