import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADAPTERS, createAdapter } from '../../support/adapters.js';
import { ENVELOPE } from '../../support/mcp-request.js';
import { startMcpApp, type McpApp } from '../fixtures.js';
import { openSession } from './session-client.js';
import { ServedTools } from './tools.js';

const HELLO = {
  jsonrpc: '2.0',
  id: 'a',
  method: 'tools/call',
  params: { name: 'hello', arguments: {} },
};
const PING = { jsonrpc: '2.0', id: 'b', method: 'ping' };
const BATCH = [HELLO, PING];
const ONLY_2025_03_26 = {
  jsonrpc: '2.0',
  id: null,
  error: { code: -32600, message: expect.stringContaining('only protocol revision 2025-03-26') },
};

describe.each(ADAPTERS)('a batch, on %s', (name) => {
  let mcp: McpApp;
  beforeAll(async () => {
    mcp = await startMcpApp([ServedTools], { adapter: createAdapter(name) });
  });
  afterAll(() => mcp.app.close());

  const post = (body: object, headers: Record<string, string> = {}) =>
    fetch(mcp.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        authorization: 'Bearer alice',
        ...headers,
      },
      body: JSON.stringify(body),
    });

  it.each([
    ['without a header', {}],
    ['of 2025-03-26', { 'mcp-protocol-version': '2025-03-26' }],
  ])('without a session, %s, is served', async (_, headers) => {
    const response = await post(BATCH, headers);
    expect(response.status).toBe(200);
    const answers = (await response.json()) as { id: string }[];
    expect(answers.map(({ id }) => id).toSorted()).toEqual(['a', 'b']);
  });

  it.each(['2024-11-05', '2025-06-18', '2025-11-25', '2026-07-28', '2099-01-01'])(
    'without a session, of %s, is refused',
    async (revision) => {
      const response = await post(BATCH, { 'mcp-protocol-version': revision });
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual(ONLY_2025_03_26);
    },
  );

  it.each(['2024-11-05', '2025-06-18', '2025-11-25'])(
    'on a session of %s is refused, with and without a header',
    async (revision) => {
      const { id } = await openSession(mcp.url, 'alice', revision);
      const headers = { 'mcp-session-id': id };
      for (const more of [{}, { 'mcp-protocol-version': revision }, OTHER]) {
        const response = await post([PING, PING], { ...headers, ...more });
        expect(response.status).toBe(400);
        expect(await response.json()).toEqual(ONLY_2025_03_26);
      }
      // The session goes on.
      expect((await post(PING, headers)).status).toBe(200);
    },
  );

  it('on a session of 2025-03-26 is served', async () => {
    const { id } = await openSession(mcp.url, 'alice', '2025-03-26');
    for (const headers of [{}, OTHER]) {
      const response = await post(BATCH, { 'mcp-session-id': id, ...headers });
      expect(response.status).toBe(200);
      const text = await response.text();
      expect(text).toContain('hello user_alice');
      expect(text).toContain('"id":"b"');
    }
    const response = await post(BATCH, {
      'mcp-session-id': id,
      'mcp-protocol-version': '2025-06-18',
    });
    expect(await response.json()).toEqual(ONLY_2025_03_26);
  });

  it('on the session of somebody else tells nothing of its revision', async () => {
    const { id } = await openSession(mcp.url, 'bob', '2025-11-25');
    expect((await post(BATCH, { 'mcp-session-id': id })).status).toBe(404);
  });

  it('with a message of 2026-07-28 is refused', async () => {
    const modern = { ...HELLO, params: { ...HELLO.params, _meta: ENVELOPE } };
    const response = await post([modern, PING]);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: -32600 } });
  });

  it.each([1, 2])('that initializes, of %i messages, is refused', async (length) => {
    const initialize = { jsonrpc: '2.0', id: 1, method: 'initialize', params: INITIALIZE };
    const response = await post([initialize, PING].slice(0, length));
    expect(response.status).toBe(400);
    expect(response.headers.get('mcp-session-id')).toBeNull();
    expect(await response.json()).toMatchObject({
      id: null,
      error: { code: -32600, message: expect.stringContaining('must not be part of a batch') },
    });
  });
});

/** A header that does not make another revision of a session. */
const OTHER = { 'mcp-protocol-version': '2025-03-26' };

const INITIALIZE = {
  protocolVersion: '2025-03-26',
  capabilities: {},
  clientInfo: { name: 'raw', version: '1' },
};
