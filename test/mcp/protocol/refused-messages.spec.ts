import { describe, expect, it } from 'vitest';
import { MessageRefusedError } from '../../../src/mcp/protocol/json-rpc-error.js';
import {
  DEFAULT_MCP_LIMITS,
  MAX_CURSOR_BYTES,
  MAX_META_BYTES,
  resolveMcpLimits,
} from '../../../src/mcp/protocol/mcp-limits.js';
import { readMessages } from '../../../src/mcp/protocol/read-messages.js';

const META = 'io.modelcontextprotocol/';
const limits = resolveMcpLimits({ params: 20, subscriptionUris: 3, watchedTasks: 3, batch: 5 });
const { nameLength, uriLength, idLength, clientInfoBytes, capabilitiesBytes, subscriptionLength } =
  limits;

const long = (length: number) => 'x'.repeat(length);
const wide = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 'v']));
const uris = (count: number, length = 9) =>
  Array.from({ length: count }, (_, at) => `x://${at}`.padEnd(length, 'y'));

/** What is refused, by what is said of it. */
const characters = (name: string, most: number) =>
  `Invalid params: ${name} must not exceed ${most} characters`;
const bytes = (name: string, most: number) =>
  `Invalid params: ${name} must not exceed ${most} bytes of JSON`;
const members = (name: string) => `Invalid params: ${name} must not have more than 20 members`;

const PARAMS: readonly (readonly [says: string, params: object, method?: string])[] = [
  [characters('name', nameLength), { name: long(nameLength + 1) }],
  [characters('uri', uriLength), { uri: long(uriLength + 1) }],
  [characters('taskId', idLength), { taskId: long(idLength + 1) }],
  [characters('requestId', idLength), { requestId: long(idLength + 1) }],
  [characters('progressToken', idLength), { progressToken: long(idLength + 1) }],
  [characters('protocolVersion', nameLength), { protocolVersion: long(nameLength + 1) }],
  [characters('reason', uriLength), { reason: long(uriLength + 1) }],
  [characters('ref.name', nameLength), { ref: { name: long(nameLength + 1) } }],
  [characters('ref.uri', uriLength), { ref: { uri: long(uriLength + 1) } }],
  [characters('argument.name', nameLength), { argument: { name: long(nameLength + 1) } }],
  [characters('_meta.progressToken', idLength), { _meta: { progressToken: long(idLength + 1) } }],
  ['Unknown cursor.', { cursor: long(MAX_CURSOR_BYTES + 1) }],
  ['Unknown cursor.', { cursor: 'ü'.repeat(MAX_CURSOR_BYTES / 2 + 1) }],
  [bytes('clientInfo', clientInfoBytes), { clientInfo: { a: long(clientInfoBytes) } }],
  [bytes('clientInfo', clientInfoBytes), { clientInfo: long(clientInfoBytes) }],
  [bytes('clientInfo', clientInfoBytes), { clientInfo: Array(clientInfoBytes).fill(1) }],
  [bytes('clientInfo', clientInfoBytes), { clientInfo: 'ü'.repeat(clientInfoBytes / 2) }],
  [bytes('clientInfo', clientInfoBytes), { clientInfo: { [long(clientInfoBytes)]: 1 } }],
  [bytes('capabilities', capabilitiesBytes), { capabilities: { a: long(capabilitiesBytes) } }],
  [
    bytes(`_meta["${META}clientInfo"]`, clientInfoBytes),
    { _meta: { [`${META}clientInfo`]: { a: long(clientInfoBytes) } } },
  ],
  [
    bytes(`_meta["${META}clientCapabilities"]`, capabilitiesBytes),
    { _meta: { [`${META}clientCapabilities`]: { a: long(capabilitiesBytes) } } },
  ],
  [
    bytes('_meta', MAX_META_BYTES),
    { _meta: { a: long(MAX_META_BYTES) }, notifications: {} },
    'subscriptions/listen',
  ],
  [members('params'), wide(21)],
  [members('_meta'), { _meta: wide(21) }],
  [members('arguments'), { arguments: wide(21) }, 'prompts/get'],
  [members('context.arguments'), { context: { arguments: wide(21) } }],
  [members('inputResponses'), { inputResponses: wide(21) }],
  [
    'resourceSubscriptions must not name more than 3',
    { notifications: { resourceSubscriptions: uris(4) } },
  ],
  ['taskIds must not name more than 3', { notifications: { taskIds: ['a', 'b', 'c', 'd'] } }],
  [
    characters('resourceSubscriptions', uriLength),
    { notifications: { resourceSubscriptions: uris(1, uriLength + 1) } },
  ],
  [characters('taskIds', idLength), { notifications: { taskIds: [long(idLength + 1)] } }],
];

function refusalOf(body: unknown, given = limits): MessageRefusedError {
  try {
    readMessages(body, given);
  } catch (error) {
    if (error instanceof MessageRefusedError) return error;
    throw error;
  }
  throw new Error('It was read.');
}

describe('A message over a limit', () => {
  it.each(PARAMS)('is told: %s', (says, params, method = 'tools/call') => {
    const refused = refusalOf({ jsonrpc: '2.0', id: 7, method, params });
    expect(refused).toMatchObject({ name: 'MessageRefusedError', code: 'MCP_MESSAGE_REFUSED' });
    expect(refused.body).toEqual({
      jsonrpc: '2.0',
      id: 7,
      error: { code: -32602, message: says },
    });
    // Without an id, nobody is named.
    expect(refusalOf({ jsonrpc: '2.0', method, params }).body).toMatchObject({ id: null });
  });

  it('is told how many characters all watched URIs may have', () => {
    const few = { ...limits, subscriptionUris: 1_000, subscriptionLength: 20 };
    const listen = (count: number) => ({
      jsonrpc: '2.0',
      id: 7,
      method: 'subscriptions/listen',
      params: { notifications: { resourceSubscriptions: uris(count, 10) } },
    });
    expect(readMessages(listen(2), few).messages[0]?.targets).toHaveLength(2);
    expect(refusalOf(listen(3), few).body.error.message).toBe(
      characters('resourceSubscriptions', 20).replace('characters', 'characters in all'),
    );
  });

  it.each([
    ['a batch must not exceed 5 messages', Array.from({ length: 6 }, () => ({}))],
    [
      `the URIs of a batch must not exceed ${subscriptionLength} characters`,
      [{ params: { uri: long(subscriptionLength) } }, { params: { ref: { uri: 'x' } } }],
    ],
    ['a message, a result or an error must not have more than 20 members', wide(21)],
    [
      'a message, a result or an error must not have more than 20 members',
      { id: 7, result: wide(21) },
    ],
    [
      'a message, a result or an error must not have more than 20 members',
      { id: 7, error: wide(21) },
    ],
    [`id must not exceed ${idLength} characters`, { id: long(idLength + 1) }],
    [`method must not exceed ${nameLength} characters`, { method: long(nameLength + 1) }],
  ])('is no request at all: %s', (says, body) => {
    expect(refusalOf(body)).toMatchObject({ status: 400 });
    expect(refusalOf(body).body).toEqual({
      jsonrpc: '2.0',
      id: null,
      error: { code: -32600, message: `Invalid Request: ${says}` },
    });
  });
});

describe('A value at its limit is read', () => {
  const sized = (length: number) => ({ a: long(length - JSON.stringify({ a: '' }).length) });
  it.each<[string, object, string?]>([
    ['an object', { clientInfo: sized(clientInfoBytes) }],
    ['a text', { clientInfo: long(clientInfoBytes - 2) }],
    ['numbers', { clientInfo: Array.from({ length: clientInfoBytes / 2 - 1 }, () => 1) }],
    ['nulls', { clientInfo: Array.from({ length: 10 }, () => null) }],
    ['a number', { clientInfo: 7 }],
    ['nothing', { clientInfo: null, capabilities: undefined }],
    ['eight short members', { clientInfo: wide(8) }],
    ['a cursor', { cursor: long(MAX_CURSOR_BYTES) }],
    ['a cursor that is none', { cursor: 7 }],
    ['params that are none', { ref: 'x', context: 'x', argument: 'x', arguments: 'x' }],
    ['a stream', { _meta: sized(MAX_META_BYTES), notifications: {} }, 'subscriptions/listen'],
  ])('%s', (_, params, method = 'prompts/get') => {
    const body = { jsonrpc: '2.0', id: 7, method, params };
    expect(readMessages(body, limits).messages[0]).toMatchObject({ id: 7, method, params });
  });
});

describe('resolveMcpLimits', () => {
  it.each([0, -1, 1.5, Number.NaN, Infinity, '5', null])('refuses %s', (value) => {
    expect(() => resolveMcpLimits({ batch: value as number })).toThrow(
      `limits.batch is ${String(value)}. Use a whole number above 0.`,
    );
  });

  it('names the limits there are', () => {
    const mistaken = { bodyMS: 1 } as object;
    const names = [...Object.keys(DEFAULT_MCP_LIMITS), 'memoryBytes'].join(', ');
    expect(() => resolveMcpLimits(mistaken)).toThrow(names);
    expect(resolveMcpLimits({ memoryBytes: 1 })).toMatchObject({ memoryBytes: 1 });
  });

  it('completes what is given', () => {
    expect(resolveMcpLimits({})).toEqual(DEFAULT_MCP_LIMITS);
    expect(resolveMcpLimits({ batch: undefined, params: 3 } as object)).toEqual({
      ...DEFAULT_MCP_LIMITS,
      params: 3,
    });
  });
});
