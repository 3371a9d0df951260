import { LARGEST, made, modern, modernRpc, rpc, type Attack } from '../attack.js';

/** Bodies of very many or very deep values, and bodies that are none. */
export function shapes(): readonly Attack[] {
  const bodies: readonly (readonly [string, () => string, Record<string, string>?])[] = [
    ['4 MB of brackets', () => nested(LARGEST / 2)],
    ['4 MB of open brackets', () => '['.repeat(LARGEST)],
    [
      '4 MB of objects in objects',
      () => '{"a":'.repeat(LARGEST / 6) + '1' + '}'.repeat(LARGEST / 6),
    ],
    [
      'brackets in the arguments',
      () => around(rpc('tools/call', { name: 'getAuthInfo', arguments: { x: '@' } })),
    ],
    ['brackets as the id', () => around(rpc('ping', {}, '@'))],
    [
      'brackets in the capabilities, 2026-07-28',
      () => around(modernRpc('ping', { x: '@' })),
      modern('ping'),
    ],
    ['99 levels of capabilities, 2026-07-28', () => deepCapabilities(95), modern('tools/list')],
    ['4 MB of commas', () => ','.repeat(LARGEST)],
    ['list of two million numbers', () => `[${'0,'.repeat(LARGEST / 2)}0]`],
    [
      '240,000 arguments',
      () => rpc('tools/call', { name: 'getAuthInfo', arguments: members(240_000) }),
    ],
    [
      '400,000 arguments',
      () => rpc('tools/call', { name: 'getAuthInfo', arguments: members(350_000) }),
    ],
    [
      '240,000 lists in the arguments',
      () =>
        rpc('tools/call', {
          name: 'getAuthInfo',
          arguments: { x: Array.from({ length: 120_000 }, () => []) },
        }),
    ],
    [
      'one argument 200,000 times',
      () =>
        rpc('tools/call', { name: 'getAuthInfo', arguments: '@' }).replace(
          '"@"',
          `{${'"a":1,'.repeat(200_000)}"a":1}`,
        ),
    ],
    [
      '60,000 capabilities',
      () =>
        rpc('initialize', {
          protocolVersion: '2025-11-25',
          capabilities: { experimental: members(60_000, {}) },
          clientInfo: { name: 'x', version: '1' },
        }),
    ],
    ['60,000 params', () => rpc('ping', members(60_000))],
    ['60,000 members of _meta', () => rpc('ping', { _meta: members(60_000) })],
    [
      '60,000 members of the message',
      () => `{"jsonrpc":"2.0","id":1,"method":"ping",${JSON.stringify(members(60_000)).slice(1)}`,
    ],
    [
      'JSON that never ends',
      () => `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"${'a'.repeat(LARGEST)}`,
    ],
    ['4 MB of spaces', () => ' '.repeat(LARGEST)],
    ['4 MB of quotes', () => '"'.repeat(LARGEST)],
    ['4 MB of backslashes', () => `"${'\\'.repeat(LARGEST)}`],
    [
      'listen with 300,000 URIs',
      () => listen(Array.from({ length: 300_000 }, (_, n) => `x:${n.toString(36)}`)),
      modern('subscriptions/listen'),
    ],
    [
      'listen with one URI 300,000 times',
      () => listen(Array.from({ length: 240_000 }, () => 'notes://a')),
      modern('subscriptions/listen'),
    ],
    [
      'listen with 1,000 long URIs',
      () => listen(Array.from({ length: 1_000 }, (_, n) => `x:${n}${'y'.repeat(4_000)}`)),
      modern('subscriptions/listen'),
    ],
    [
      'listen with 100,000 tasks',
      () =>
        modernRpc('subscriptions/listen', {
          notifications: { taskIds: Array.from({ length: 100_000 }, (_, n) => `task-${n}`) },
        }),
      modern('subscriptions/listen'),
    ],
    ['batch of 45,000', () => batch(45_000, 'unknown')],
    [
      'batch of 45,000 pings',
      () => `[${Array.from({ length: 45_000 }, (_, n) => rpc('ping', {}, n)).join()}]`,
    ],
    ['batch of 101', () => batch(101, 'unknown')],
    ['batch of nothing', () => '[]'],
    ['unknown method', () => rpc('no/such/method')],
    ['unknown tool', () => rpc('tools/call', { name: 'noSuchTool' })],
    [
      'unknown tool, 2026-07-28',
      () => modernRpc('tools/call', { name: 'noSuchTool' }),
      modern('tools/call', 'noSuchTool'),
    ],
    ['invalid JSON', () => '{"jsonrpc":'],
    [
      'refresh with garbage',
      () =>
        rpc('tools/call', {
          name: 'refreshToken',
          arguments: { refreshToken: 'garbage', clientId: 'garbage' },
        }),
    ],
    [
      '4 MB as a form',
      () => 'a=1&'.repeat(LARGEST / 4),
      { 'content-type': 'application/x-www-form-urlencoded' },
    ],
    ['4 MB as text', () => 'x'.repeat(LARGEST), { 'content-type': 'text/plain' }],
    [
      '4 MB from an evil page',
      () => rpc('ping', { x: 'x'.repeat(LARGEST) }),
      { origin: 'https://evil.example' },
    ],
    ['more than a body may have', () => rpc('ping', { x: 'x'.repeat(4 * LARGEST) })],
  ];
  return [
    ...bodies.map(([name, text, headers]) => {
      const body = made(text);
      return { name, go: (attacker, _n) => attacker.post(body(), headers) } satisfies Attack;
    }),
    ...batches(),
  ];
}

/** A batch counts as its messages at the limit of requests. */
function batches(): readonly Attack[] {
  const unknown = made(() => batch(100, 'noSuchTool'));
  const known = made(() => batch(100, 'getAuthInfo'));
  return [
    {
      name: 'batch of 100 unknown tools',
      requests: 100,
      go: (attacker) => attacker.post(unknown()),
    },
    { name: 'batch of 100 calls', requests: 100, go: (attacker) => attacker.post(known()) },
  ];
}

function batch(length: number, name: string): string {
  const call = (_: unknown, id: number) => rpc('tools/call', { name }, id);
  return `[${Array.from({ length }, call).join()}]`;
}

function listen(resourceSubscriptions: readonly string[]): string {
  return modernRpc('subscriptions/listen', { notifications: { resourceSubscriptions } });
}

function nested(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels);
}

/** Puts brackets in the place of a text. */
function around(text: string): string {
  return text.replace('"@"', nested(LARGEST / 2 - 1_000));
}

function deepCapabilities(levels: number): string {
  const text = modernRpc('tools/list');
  const deep = '{"a":'.repeat(levels - 5) + '1' + '}'.repeat(levels - 5);
  return text.replace(
    'clientCapabilities":{}',
    `clientCapabilities":{"extensions":{"x/y":${deep}}}`,
  );
}

function members(count: number, value: unknown = 1): Record<string, unknown> {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n.toString(36)}`, value]));
}
