import { createHash } from 'node:crypto';
import { LARGEST, made, modern, modernRpc, rpc, type Attack } from '../attack.js';

/** Bodies in which one text is as long as a body may be. */
export function longTexts(): readonly Attack[] {
  const long = 'x'.repeat(LARGEST);
  const cursors = [0, 1, 2].map((n) => made(() => rpc('tools/list', { cursor: forged(n) })));
  const texts: readonly (readonly [string, () => string, Record<string, string>?])[] = [
    ['cursor of 4 MB of dots', () => rpc('tools/list', { cursor: '.'.repeat(LARGEST) })],
    ['client information of 4 MB', () => initialize({ clientInfo: { name: long, version: '1' } })],
    [
      'one capability of 4 MB',
      () => initialize({ capabilities: { experimental: { x: { long } } } }),
    ],
    ['protocol version of 4 MB', () => initialize({ protocolVersion: long })],
    ['tool name of 4 MB', () => rpc('tools/call', { name: long })],
    ['method of 4 MB', () => rpc(long)],
    ['id of 4 MB', () => rpc('ping', {}, long)],
    [
      'number of 4 MB',
      () => `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"n":${'9'.repeat(LARGEST)}}}`,
    ],
    [
      'id with 4 MB of digits',
      () => `{"jsonrpc":"2.0","id":${'9'.repeat(LARGEST)},"method":"ping"}`,
    ],
    ['_meta of 4 MB', () => rpc('ping', { _meta: { x: long } })],
    [
      'progress token of 4 MB',
      () => rpc('tools/call', { name: 'getAuthInfo', _meta: { progressToken: long } }),
    ],
    ['URI of 4 MB', () => rpc('resources/read', { uri: `notes://${'%61/'.repeat(LARGEST / 4)}` })],
    ['prompt name of 4 MB', () => rpc('prompts/get', { name: long })],
    ['task id of 4 MB', () => modernRpc('tasks/get', { taskId: long }), modern('tasks/get', 'x')],
    [
      'completion of 4 MB',
      () =>
        rpc('completion/complete', {
          ref: { type: 'ref/prompt', name: 'x' },
          argument: { name: 'x', value: long },
        }),
    ],
    [
      'request state of 4 MB',
      () => modernRpc('tools/call', { name: 'getAuthInfo', requestState: long }),
      modern('tools/call', 'getAuthInfo'),
    ],
    ['log level of 4 MB', () => rpc('logging/setLevel', { level: long })],
    [
      '4 MB of escaped characters',
      () => rpc('tools/call', { name: '@' }).replace('@', '\\u0000'.repeat(LARGEST / 6)),
    ],
    [
      '4 MB of characters of three bytes',
      () => rpc('tools/call', { name: '語'.repeat(LARGEST / 3) }),
    ],
    [
      'refresh token of 4 MB',
      () => rpc('tools/call', { name: 'refreshToken', arguments: { refreshToken: long } }),
    ],
    ['member name of 4 MB', () => rpc('ping', { [long]: 1 })],
  ];
  return [
    {
      name: 'forged cursor of 3.9 MB',
      go: (attacker, n) => attacker.post(cursors[n % cursors.length]?.() ?? ''),
    },
    ...texts.map(([name, text, headers]) => {
      const body = made(text);
      return { name, go: (attacker, _n) => attacker.post(body(), headers) } satisfies Attack;
    }),
  ];
}

/** Has the checksum that the cursors of version 0.1.0 had. */
function forged(n: number): string {
  const key = 'z'.repeat(2_900_000) + String(n);
  const sum = createHash('sha256').update(`tools:${key}`).digest('base64url').slice(0, 8);
  return `${Buffer.from(key).toString('base64url')}.${sum}`;
}

function initialize(params: object): string {
  const clientInfo = { name: 'hostile', version: '1.0.0' };
  return rpc('initialize', {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo,
    ...params,
  });
}
