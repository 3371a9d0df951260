import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, rpc, startMcpApp, type McpApp, type RpcOptions } from '../fixtures.js';
import { ServedTools } from './tools.js';

let mcp: McpApp;
beforeAll(async () => {
  mcp = await startMcpApp([ServedTools]);
});
afterAll(() => mcp.app.close());

async function send(
  method: string,
  params: Record<string, unknown> = {},
  options: RpcOptions = {},
) {
  const response = await rpc(mcp.url, method, params, { as: 'alice', ...options });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as any) };
}

function post(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(mcp.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer alice', ...headers },
    body: JSON.stringify(body),
  });
}

describe('2026-07-28 on the wire', () => {
  it('discovers what the server is, to anybody', async () => {
    for (const as of ['alice', '']) {
      const { status, body } = await send('server/discover', {}, { as });
      expect(status).toBe(200);
      expect(body.result).toMatchObject({
        resultType: 'complete',
        supportedVersions: ['2026-07-28'],
        capabilities: { tools: { listChanged: true } },
      });
      expect(JSON.stringify(body.result)).toContain('"name":"test"');
    }
  });

  it('lists tools for the caller only, which no shared cache may keep', async () => {
    const { body } = await send('tools/list');
    expect(body.result).toMatchObject({ cacheScope: 'private', ttlMs: 0, resultType: 'complete' });
  });

  it('answers a plain call with JSON, in one piece', async () => {
    const response = await rpc(
      mcp.url,
      'tools/call',
      { name: 'hello', arguments: {} },
      { as: 'a' },
    );
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('mcp-session-id')).toBeNull();
  });

  it.each<[string, string, number, number, Record<string, unknown>?]>([
    ['an unknown method', 'notes/fly', 404, -32601],
    ['a method that was removed', 'ping', 404, -32601],
    ['a capability that is not there', 'resources/list', 404, -32601],
    ['a cursor that nobody gave', 'tools/list', 200, -32602, { cursor: 'x' }],
    ['an unknown tool', 'tools/call', 200, -32602, { name: 'missing', arguments: {} }],
    ['a tool without a name', 'tools/call', 200, -32602, { arguments: {} }],
  ])('refuses %s', async (_, method, status, code, params = {}) => {
    const outcome = await send(method, params);
    expect(outcome.body.error.code).toBe(code);
    expect(outcome.status).toBe(status);
  });

  it('names the revisions it speaks to a client that asks for another', async () => {
    const version = '2027-01-01';
    const { status, body } = await send(
      'tools/list',
      { _meta: { 'io.modelcontextprotocol/protocolVersion': version } },
      { headers: { 'mcp-protocol-version': version } },
    );
    expect(status).toBe(400);
    expect(body.error).toMatchObject({
      code: -32022,
      data: { supported: ['2026-07-28'], requested: version },
    });
  });

  it.each([
    ['method', { 'mcp-method': 'tools/list' }],
    ['name', { 'mcp-name': 'echo' }],
    ['revision', { 'mcp-protocol-version': '2025-11-25' }],
  ])('refuses headers that disagree with the body: %s', async (_, headers) => {
    const { status, body } = await send(
      'tools/call',
      { name: 'hello', arguments: {} },
      { headers },
    );
    expect(status).toBe(400);
    expect(body.error.code).toBe(-32020);
  });

  it('decides on access by the body, whatever the headers say', async () => {
    const headers = { 'mcp-name': 'hello' };
    const outcome = await send('tools/call', { name: 'echo', arguments: {} }, { as: '', headers });
    expect(outcome.status).toBe(401);
  });

  it('takes a notification with 202', async () => {
    const response = await post(
      { jsonrpc: '2.0', method: 'notifications/anything' },
      { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'notifications/anything' },
    );
    expect(response.status).toBe(202);
    expect(await response.text()).toBe('');
  });

  it('acknowledges a subscription, and streams', async () => {
    const abort = new AbortController();
    const response = await rpc(
      mcp.url,
      'subscriptions/listen',
      { notifications: { toolsListChanged: true } },
      { as: 'alice', signal: abort.signal },
    );
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const first = await response.body?.getReader().read();
    expect(new TextDecoder().decode(first?.value)).toContain('subscriptions/acknowledged');
    abort.abort();
  });
});

describe('the revisions before, without a session', () => {
  const legacy = { era: 'legacy' } as const;

  it('answer like plain JSON-RPC, so that curl works', async () => {
    const response = await post(
      { jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name: 'hello', arguments: {} } },
      { accept: '*/*' },
    );
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toMatchObject({
      id: 7,
      result: { content: [{ text: 'hello user_alice' }] },
    });
    expect((await send('ping', {}, legacy)).body.result).toEqual({});
  });

  it.each([
    ['an unknown method', 'notes/fly', -32601, {}],
    ['server/discover', 'server/discover', -32601, {}],
    ['an unknown tool', 'tools/call', -32602, { name: 'missing', arguments: {} }],
  ])('refuse %s', async (_, method, code, params) => {
    expect((await send(method, params, legacy)).body.error.code).toBe(code);
  });

  it('refuse a revision that does not exist', async () => {
    const headers = { 'mcp-protocol-version': '1999-01-01' };
    const { status, body } = await send('tools/list', {}, { ...legacy, headers });
    expect(status).toBe(400);
    expect(body.error.message).toContain('2025-11-25');
  });

  it('take a notification with 202', async () => {
    const response = await post({ jsonrpc: '2.0', method: 'notifications/initialized' });
    expect(response.status).toBe(202);
  });

  it.each(['GET', 'DELETE'])('have nothing to %s', async (method) => {
    const response = await fetch(mcp.url, { method, headers: { accept: 'text/event-stream' } });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ jsonrpc: '2.0', error: { code: -32000 } });
  });

  it('answer a batch in one', async () => {
    const response = await post([
      { jsonrpc: '2.0', id: 'a', method: 'tools/call', params: { name: 'hello', arguments: {} } },
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      { jsonrpc: '2.0', id: 'b', method: 'ping' },
    ]);
    const answers = (await response.json()) as { id: string }[];
    expect(answers.map(({ id }) => id).toSorted()).toEqual(['a', 'b']);
  });

  it('refuse a whole batch with a call that its sender may not make', async () => {
    const hello = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'hello' } };
    const echo = { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'echo' } };
    const write = { jsonrpc: '2.0', id: 3, method: 'tools/call', params: { name: 'write' } };
    expect((await post([hello, echo], { authorization: '' })).status).toBe(401);
    expect((await post([hello, write])).status).toBe(403);
  });

  it.each([
    ['an empty batch', []],
    [
      'more than a hundred',
      Array.from({ length: 101 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'ping' })),
    ],
    ['a number', 5],
    ['a text', 'ping'],
    ['null', null],
    ['an empty object', {}],
    ['another JSON-RPC', { jsonrpc: '1.0', id: 1, method: 'ping' }],
    ['an id that is an object', { jsonrpc: '2.0', id: {}, method: 'ping' }],
    ['params that are a list', { jsonrpc: '2.0', id: 1, method: 'ping', params: [1] }],
    ['nothing known within', [1, null, 'x']],
  ])('refuse what is no message: %s', async (_, body) => {
    const response = await post(body);
    expect([200, 202, 400]).toContain(response.status);
    if (response.status === 400) expect(await response.json()).toHaveProperty('error.code');
  });
});

it('a call of either era finds nothing of the token in its context', async () => {
  const outcome = await call(mcp.url, 'about');
  expect(JSON.stringify(outcome)).not.toMatch(/bearer/i);
});
