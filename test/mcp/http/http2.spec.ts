import { connect, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startMcpApp, type McpApp } from '../fixtures.js';
import { ENVELOPE } from '../../support/mcp-request.js';
import { ServedTools } from '../server/tools.js';

let mcp: McpApp;
let client: ClientHttp2Session;
beforeAll(async () => {
  const adapter = new FastifyAdapter({ http2: true } as object);
  mcp = await startMcpApp([ServedTools], { adapter, allowedOrigins: ['https://app.test'] });
  client = connect(mcp.url);
});
afterAll(async () => {
  client.close();
  await mcp.app.close();
});

const HELLO = {
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'hello', arguments: {}, _meta: ENVELOPE },
};
const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'raw', version: '1' },
  },
};
const MODERN = {
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': 'tools/call',
  'mcp-name': 'hello',
};

interface Sent {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: object | string;
}

/** Sends a request over HTTP/2, and reads the answer to its end. */
function send({ method = 'POST', headers = {}, body }: Sent) {
  const stream = client.request({
    ':method': method,
    ':path': '/mcp',
    authorization: 'Bearer alice',
    accept: 'application/json, text/event-stream',
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...headers,
  });
  stream.end(typeof body === 'string' ? body : body && JSON.stringify(body));
  onTestFinished(() => stream.close());
  return new Promise<{ headers: IncomingHttpHeaders; status: number; text: string }>(
    (resolve, reject) => {
      let text = '';
      let received: IncomingHttpHeaders = {};
      stream.once('response', (head) => (received = head));
      stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      stream.on('error', reject);
      stream.on('end', () =>
        resolve({ headers: received, status: Number(received[':status']), text }),
      );
    },
  );
}

describe('the endpoint over HTTP/2', () => {
  it('serves a call', async () => {
    const { status, text } = await send({ headers: MODERN, body: HELLO });
    expect([status, text]).toEqual([200, expect.stringContaining('hello user_alice')]);
  });

  it('serves a session', async () => {
    const opened = await send({ body: INITIALIZE });
    expect([opened.status, opened.text]).toEqual([200, expect.stringContaining('serverInfo')]);
    const headers = { 'mcp-session-id': String(opened.headers['mcp-session-id']) };
    const { id, method, jsonrpc } = HELLO;
    const params = { name: 'hello', arguments: {} };
    const { status, text } = await send({ headers, body: { jsonrpc, id, method, params } });
    expect([status, text]).toEqual([200, expect.stringContaining('hello user_alice')]);
  });

  it.each([
    [{ ':authority': 'evil.test' }, 403],
    [{ ':authority': 'localhost' }, 200],
    [{ ':authority': 'localhost', host: 'evil.test' }, 400],
    [{ ':authority': 'evil.test', host: 'localhost' }, 400],
    [{ ':authority': 'localhost', host: 'localhost' }, 200],
    [{ origin: 'https://evil.test' }, 403],
  ])('checks the host and the origin of %o', async (headers, expected) => {
    const { status, text } = await send({ headers: { ...MODERN, ...headers }, body: HELLO });
    expect(status).toBe(expected);
    expect(JSON.parse(text)).toHaveProperty(expected === 200 ? 'result' : 'error');
  });

  it('answers what it refuses', async () => {
    expect((await send({ body: '{' })).status).toBe(400);
    const nested = '['.repeat(200) + ']'.repeat(200);
    expect((await send({ body: nested })).status).toBe(400);
    const challenged = await send({
      headers: { ...MODERN, authorization: 'Bearer bad' },
      body: HELLO,
    });
    expect(challenged.status).toBe(401);
  });

  it('answers preflights', async () => {
    const headers = {
      origin: 'https://app.test',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'mcp-protocol-version',
    };
    const { status, headers: answered } = await send({ method: 'OPTIONS', headers });
    expect(status).toBe(204);
    expect(answered['access-control-allow-origin']).toBe('https://app.test');
    const foreign = { ...headers, origin: 'https://evil.test' };
    expect((await send({ method: 'OPTIONS', headers: foreign })).status).toBe(403);
  });
});
