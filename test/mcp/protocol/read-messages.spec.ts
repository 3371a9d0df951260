import { describe, expect, it } from 'vitest';
import { METHODS } from '../../../src/mcp/protocol/methods.js';
import {
  DEFAULT_MCP_LIMITS,
  MAX_META_BYTES,
  resolveMcpLimits,
  type McpLimits,
} from '../../../src/mcp/protocol/mcp-limits.js';
import { MessageRefusedError } from '../../../src/mcp/protocol/json-rpc-error.js';
import { readMessages } from '../../../src/mcp/protocol/read-messages.js';

const read = (body: unknown, limits: McpLimits = {}) =>
  readMessages(body, resolveMcpLimits(limits));

const refusal = (body: unknown, limits: McpLimits = {}) => {
  try {
    read(body, limits);
    return undefined;
  } catch (error) {
    if (error instanceof MessageRefusedError) return error;
    throw error;
  }
};

const request = (method: string, params: object, id: string | number = 7) => ({
  jsonrpc: '2.0',
  id,
  method,
  params,
});

const META = 'io.modelcontextprotocol/';
const long = (length: number) => 'x'.repeat(length);
const { nameLength, uriLength, idLength, clientInfoBytes, capabilitiesBytes } = DEFAULT_MCP_LIMITS;

/** Each place of a message where a caller says something that is kept, echoed or used as a key. */
const PLACES: readonly (readonly [
  place: string,
  most: number,
  message: (text: string) => object,
])[] = [
  ['a tool', nameLength, (name) => request('tools/call', { name })],
  ['a prompt', nameLength, (name) => request('prompts/get', { name })],
  ['a resource', uriLength, (uri) => request('resources/read', { uri })],
  ['a subscription of a session', uriLength, (uri) => request('resources/subscribe', { uri })],
  ['the end of a subscription', uriLength, (uri) => request('resources/unsubscribe', { uri })],
  ['a cursor', 512, (cursor) => request('tools/list', { cursor })],
  ['a task', idLength, (taskId) => request('tasks/get', { taskId })],
  [
    'a prompt to complete',
    nameLength,
    (name) => request('completion/complete', { ref: { type: 'ref/prompt', name } }),
  ],
  [
    'a template to complete',
    uriLength,
    (uri) => request('completion/complete', { ref: { type: 'ref/resource', uri } }),
  ],
  [
    'an argument to complete',
    nameLength,
    (name) => request('completion/complete', { argument: { name, value: '' } }),
  ],
  [
    'a progress token',
    idLength,
    (progressToken) => request('tools/call', { name: 'a', _meta: { progressToken } }),
  ],
  [
    'a cancelled request',
    idLength,
    (requestId) => request('notifications/cancelled', { requestId }),
  ],
  [
    'the progress of a request',
    idLength,
    (progressToken) => request('notifications/progress', { progressToken }),
  ],
  [
    'the reason of a cancellation',
    uriLength,
    (reason) => request('notifications/cancelled', { reason }),
  ],
  [
    'a protocol version',
    nameLength,
    (protocolVersion) => request('initialize', { protocolVersion }),
  ],
  [
    'a watched resource',
    uriLength,
    (uri) => request('subscriptions/listen', { notifications: { resourceSubscriptions: [uri] } }),
  ],
  [
    'a watched task',
    idLength,
    (id) => request('subscriptions/listen', { notifications: { taskIds: [id] } }),
  ],
];

describe('readMessages', () => {
  it.each(PLACES)('%s may have %i characters, and not one more', (_, most, message) => {
    expect(refusal(message(long(most)))).toBeUndefined();
    const refused = refusal(message(long(most + 1)));
    expect(refused).toMatchObject({ rpcCode: -32602, status: 200, body: { id: 7 } });
    // The answer repeats nothing of what was sent.
    expect(JSON.stringify(refused?.body).length).toBeLessThan(250);
  });

  it.each(PLACES)('%s is held to the limit whatever the method says', (_, most, message) => {
    expect(refusal({ ...message(long(most + 1)), method: 'x' })?.rpcCode).toBe(-32602);
  });

  it('an id or a method that is too long is no request at all', () => {
    for (const body of [
      request('ping', {}, long(idLength + 1)),
      request(long(nameLength + 1), {}),
    ]) {
      expect(refusal(body)).toMatchObject({ rpcCode: -32600, status: 400, body: { id: null } });
    }
    expect(refusal(request('ping', {}, long(idLength)))).toBeUndefined();
  });

  it.each([
    ['clientInfo of initialize', clientInfoBytes, (x: object) => ({ clientInfo: x })],
    ['capabilities of initialize', capabilitiesBytes, (x: object) => ({ capabilities: x })],
    ['client info', clientInfoBytes, (x: object) => ({ _meta: { [`${META}clientInfo`]: x } })],
    [
      'client capabilities',
      capabilitiesBytes,
      (x: object) => ({ _meta: { [`${META}clientCapabilities`]: x } }),
    ],
  ])('%s may have %i bytes of JSON', (_, most, params) => {
    const overhead = JSON.stringify({ a: '' }).length;
    expect(refusal(request('initialize', params({ a: long(most - overhead) })))).toBeUndefined();
    expect(refusal(request('initialize', params({ a: long(most) })))?.rpcCode).toBe(-32602);
    // However it is spread.
    const many = Object.fromEntries(Array.from({ length: most / 4 }, (_x, at) => [`k${at}`, {}]));
    expect(refusal(request('initialize', params(many)))?.rpcCode).toBe(-32602);
    const deep = JSON.parse(`${'{"a":'.repeat(most / 6)}1${'}'.repeat(most / 6)}`);
    expect(refusal(request('initialize', params({ deep })))?.rpcCode).toBe(-32602);
  });

  it('what a stream keeps of _meta has a limit', () => {
    const listen = (filler: string, method = 'subscriptions/listen') =>
      request(method, { notifications: {}, _meta: { filler } });
    const overhead = JSON.stringify({ filler: '' }).length;
    expect(refusal(listen(long(MAX_META_BYTES - overhead)))).toBeUndefined();
    const refused = refusal(listen(long(MAX_META_BYTES - overhead + 1)));
    expect(refused).toMatchObject({ rpcCode: -32602, body: { id: 7 } });
    expect(refusal(listen(long(MAX_META_BYTES), 'tools/call'))).toBeUndefined();
  });

  it('counts distinct URIs, and the characters of all of them', () => {
    const listen = (uris: readonly unknown[]) =>
      request('subscriptions/listen', { notifications: { resourceSubscriptions: uris } });
    const distinct = (count: number) => Array.from({ length: count }, (_, at) => `x://${at}`);
    expect(refusal(listen(distinct(3)), { subscriptionUris: 3 })).toBeUndefined();
    expect(refusal(listen(distinct(4)), { subscriptionUris: 3 })?.rpcCode).toBe(-32602);
    const same = Array.from({ length: 50_000 }, () => 'x://same');
    expect(read(listen(same), { subscriptionUris: 3 }).messages[0]?.targets).toHaveLength(1);
    expect(refusal(listen(distinct(3)), { subscriptionLength: 14 })?.rpcCode).toBe(-32602);
  });

  it('counts the members of a message, of its params and of _meta', () => {
    const members = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 1]));
    const { params: most } = DEFAULT_MCP_LIMITS;
    expect(refusal({ ...request('ping', {}), ...members(most - 4) })).toBeUndefined();
    expect(refusal({ ...request('ping', {}), ...members(most - 3) })).toMatchObject({
      rpcCode: -32600,
      status: 400,
    });
    expect(refusal([{ ...request('ping', {}), ...members(most) }])?.rpcCode).toBe(-32600);
    expect(refusal(request('ping', members(most)))).toBeUndefined();
    expect(refusal(request('ping', members(most + 1)))?.body).toMatchObject({
      id: 7,
      error: { code: -32602 },
    });
    expect(refusal(request('ping', { _meta: members(most) }))).toBeUndefined();
    expect(refusal(request('ping', { _meta: members(most + 1) }))?.rpcCode).toBe(-32602);
    const args = { name: 'echo', arguments: members(most + 1) };
    expect(refusal(request('tools/call', args))).toBeUndefined();
  });

  it('takes a batch of as many messages as the limit says', () => {
    const batch = (size: number) => Array.from({ length: size }, () => request('ping', {}));
    expect(read(batch(5), { batch: 5 }).messages).toHaveLength(5);
    expect(refusal(batch(6), { batch: 5 })).toMatchObject({ rpcCode: -32600, status: 400 });
  });

  const wide = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_x, at) => [`k${at}`, 'v']));

  it.each([
    ['params', (members: object) => request('x', members)],
    ['_meta', (members: object) => request('tools/list', { _meta: members })],
    [
      'the arguments of a prompt',
      (members: object) => request('prompts/get', { arguments: members }),
    ],
    [
      'the context of a completion',
      (members: object) => request('completion/complete', { context: { arguments: members } }),
    ],
    ['answers', (members: object) => request('tools/call', { inputResponses: members })],
  ])('%s may have as many members as the limit says', (_, message) => {
    expect(refusal(message(wide(20)), { params: 20 })).toBeUndefined();
    expect(refusal(message(wide(21)), { params: 20 })).toMatchObject({ rpcCode: -32602 });
  });

  it.each([
    ['a message', (members: object) => ({ ...members })],
    ['a result', (members: object) => ({ jsonrpc: '2.0', id: 1, result: members })],
    ['an error', (members: object) => ({ jsonrpc: '2.0', id: 1, error: members })],
  ])('%s with too many members is no message at all', (_, message) => {
    expect(refusal(message(wide(20)), { params: 20 })).toBeUndefined();
    expect(refusal(message(wide(21)), { params: 20 })).toMatchObject({ rpcCode: -32600 });
  });

  it('the arguments of a tool may have any number of members', () => {
    const call = request('tools/call', { name: 'a', arguments: wide(1_000) });
    expect(refusal(call, { params: 20 })).toBeUndefined();
  });

  it('takes a batch whose URIs have as many characters in all as those of one stream', () => {
    const uri = 'x://1234';
    const read3 = Array.from({ length: 3 }, () => request('resources/read', { uri }));
    const listen = request('subscriptions/listen', {
      notifications: { resourceSubscriptions: [uri, uri, 7] },
    });
    for (const batch of [read3, [read3[0], listen]]) {
      expect(refusal(batch, { subscriptionLength: 24 })).toBeUndefined();
      expect(refusal(batch, { subscriptionLength: 23 })).toMatchObject({
        rpcCode: -32600,
        status: 400,
      });
    }
  });

  it('says of each method what it lists and uses', () => {
    for (const [method, { list, uses }] of METHODS) {
      const [message] = read(request(method, { name: 'n', uri: 'x://y' })).messages;
      expect(message?.method).toBe(method);
      expect(message?.traits.list).toBe(list);
      const target = uses && { kind: uses.kind, key: uses.param === 'uri' ? 'x://y' : 'n' };
      expect(message?.targets).toEqual(target ? [target] : []);
    }
  });

  it.each([
    [undefined],
    [null],
    ['tools/call'],
    [1],
    [{}],
    [{ method: 1 }],
    [{ method: 'tools/call', params: ['a'] }],
    [{ method: 'toString' }],
    [{ method: '__proto__', params: JSON.parse('{"__proto__":{"name":"x"}}') }],
    [{ jsonrpc: '2.0', id: 1, result: {} }],
    [[null, 1, []]],
  ])('makes something of %j', (body) => {
    for (const message of read(body).messages) {
      expect(message.targets.every(({ key }) => typeof key === 'string')).toBe(true);
    }
  });
});

describe('resolveMcpLimits', () => {
  it.each([0, -1, 1.5, Number.NaN, Infinity, '5'])('refuses %s', (value) => {
    expect(() => resolveMcpLimits({ batch: value as number })).toThrow(
      expect.objectContaining({ code: 'MCP_CONFIGURATION' }),
    );
  });

  it('refuses a limit that there is not, and names those that there are', () => {
    expect(() => resolveMcpLimits({ batches: 1 } as McpLimits)).toThrow(/batches.*batch/s);
  });
});
