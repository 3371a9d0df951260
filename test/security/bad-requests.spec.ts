import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectNoInternals } from '../support/internals.js';
import { LogRecorder } from '../support/log-recorder.js';
import {
  callTool,
  ENVELOPE,
  ERAS,
  modernHeaders,
  openSession,
  send,
  sendBody,
  type Answer,
} from '../support/mcp-request.js';
import { accessToken, ADA, userIdOf } from '../support/people.js';
import { sendRaw } from '../support/raw-socket.js';
import { expectEcho } from '../support/refusals.js';
import { startService, type TestService } from '../support/service.js';

let service: TestService;
let token: string;
let log: LogRecorder;
beforeAll(async () => {
  service = await startService();
  token = await accessToken(service);
  log = LogRecorder.install();
});
beforeEach(() => {
  log.lines.length = 0;
});
afterEach(async () => {
  expectNoInternals(log.text);
  expect(log.lines.filter((line) => /^(error|fatal|warn)/.test(line))).toEqual([]);
  const next = await callTool(service.url, 'echo', { message: 'still there' }, { token });
  expectEcho(next, userIdOf(service, ADA));
});
afterAll(async () => {
  LogRecorder.remove();
  await service.stop();
});

function expectError(answer: Answer, status: number, code: number): void {
  expect(answer.status, answer.text).toBe(status);
  expect(answer.body).toMatchObject({ jsonrpc: '2.0', error: { code } });
  expect(answer.body.result).toBeUndefined();
  expectNoInternals(answer.text);
}

const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  sendBody(service.url, body, { token, headers });

describe('A body that is no JSON', () => {
  it.each([
    ['cut off', '{"jsonrpc":"2.0","id":1,"method":"tools/li'],
    ['text', 'hello'],
    ['empty', ''],
    ['blank', '   '],
    ['with a trailing comma', '{"jsonrpc":"2.0",}'],
    ['of two documents', '{"jsonrpc":"2.0"}{"jsonrpc":"2.0"}'],
    ['a form', 'a=1&b=2'],
  ])('%s is a parse error', async (_name, body) => {
    expectError(await post(body), 400, -32700);
  });

  it('of invalid UTF-8 is turned away or read as text, and breaks nothing', async () => {
    const bytes = new Uint8Array([
      ...new TextEncoder().encode('{"jsonrpc":"2.0","x":"'),
      0xc3,
      0x28,
    ]);
    const answer = await post(bytes);
    expect(answer.status).toBe(400);
    expectNoInternals(answer.text);
  });

  it('compressed is not unpacked', async () => {
    const body = new Uint8Array(gzipSync('{"jsonrpc":"2.0","id":1,"method":"tools/list"}'));
    const answer = await post(body, { 'content-encoding': 'gzip' });
    expect([400, 415]).toContain(answer.status);
    expectNoInternals(answer.text);
  });
});

describe('A body that is JSON and no message', () => {
  it.each([
    'null',
    '1',
    'true',
    '"text"',
    '{}',
    '[]',
    '[[]]',
    '[null]',
    '[1]',
    '{"jsonrpc":"1.0"}',
  ])('%s is an invalid request', async (body) => {
    for (const headers of [{}, modernHeaders('tools/list')]) {
      const answer = await post(body, headers);
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({ error: { code: expect.any(Number) } });
      expectNoInternals(answer.text);
    }
  });

  it.each([
    { method: 1 },
    { method: null },
    { method: {} },
    { method: '' },
    { method: 'tools/list', params: [] },
    { method: 'tools/list', params: 'x' },
    { method: 'tools/list', id: {} },
    { method: 'tools/list', id: [1] },
    { method: 'tools/call' },
    { method: 'tools/call', params: {} },
    { method: 'tools/call', params: { name: 1 } },
    { method: 'tools/call', params: { name: null, arguments: {} } },
    { method: 'tools/call', params: { name: 'echo', arguments: 'x' } },
    { method: 'tools/call', params: { name: 'echo', arguments: [] } },
    { method: 'tools/list', params: { cursor: 1 } },
    { method: 'tools/list', params: { cursor: 'made-up' } },
  ])('%j is an error', async (message) => {
    const answer = await post(JSON.stringify({ jsonrpc: '2.0', id: 7, ...message }));
    expect(answer.status).toBeLessThan(500);
    expect(answer.body.result).toBeUndefined();
    expectNoInternals(answer.text);
  });
});

describe('A body over 4 MiB', () => {
  it('is too large, and one just below is not', async () => {
    expectError(await post(`{"x":"${'a'.repeat(4 * 1024 * 1024)}"}`), 413, -32000);
    const message = 'a'.repeat(4 * 1024 * 1024 - 2_000);
    expectEcho(await callTool(service.url, 'echo', { message }, { token }), userIdOf(service, ADA));
  });

  it('is too large also for nobody, and of unknown length', async () => {
    const chunk = new TextEncoder().encode('a'.repeat(1024 * 1024));
    const answer = await fetch(service.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new ReadableStream({
        start(controller) {
          for (let at = 0; at < 5; at += 1) controller.enqueue(chunk);
          controller.close();
        },
      }),
      duplex: 'half',
    } as RequestInit).catch(() => undefined);
    // The connection may end while the client still writes.
    if (answer) expect(answer.status).toBe(413);
  });
});

describe('A content type that is not JSON', () => {
  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'application/json-patch+json',
    'text/json',
    'x',
  ])('such as %s is not supported', async (type) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} });
    expectError(await post(body, { 'content-type': type }), 415, -32000);
  });

  it('is fine with a charset, or in capitals', async () => {
    for (const type of ['application/json; charset=utf-8', 'APPLICATION/JSON']) {
      const headers = { 'content-type': type };
      const answer = await callTool(service.url, 'echo', { message: 'hi' }, { token, headers });
      expectEcho(answer, userIdOf(service, ADA));
    }
  });
});

describe('A method that does not exist', () => {
  it.each(['nope', 'tools/delete', 'constructor', '__proto__', 'toString', 'rpc.discover'])(
    '%s is not found',
    async (method) => {
      for (const era of ERAS) {
        const session = era === 'legacy' ? await openSession(service.url, { token }) : undefined;
        const answer = await send(service.url, method, {}, { era, token, session });
        expect([200, 404]).toContain(answer.status);
        expect(answer.body.error).toMatchObject({ code: -32601 });
        expectNoInternals(answer.text);
      }
    },
  );

  it.each(['PUT', 'PATCH'])('of HTTP, such as %s, is not allowed', async (method) => {
    const { status } = await fetch(service.url, {
      method,
      headers: { authorization: `Bearer ${token}` },
    });
    expect(status).toBe(405);
  });
});

describe('A session that does not exist', () => {
  it.each([
    'x',
    '00000000-0000-4000-8000-000000000000',
    '__proto__',
    '../../etc',
    'a'.repeat(9_000),
  ])('such as %.40s is not found', async (session) => {
    const answer = await send(service.url, 'tools/list', {}, { era: 'legacy', token, session });
    expect(answer.status).toBe(404);
    expectNoInternals(answer.text);
    for (const method of ['GET', 'DELETE']) {
      const headers = {
        authorization: `Bearer ${token}`,
        'mcp-session-id': session,
        accept: 'text/event-stream',
      };
      expect((await fetch(service.url, { method, headers })).status).toBe(404);
    }
  });
});

describe('A length that lies', () => {
  const head = (length: string) =>
    [
      'POST /mcp HTTP/1.1',
      `Host: ${new URL(service.url).host}`,
      'Content-Type: application/json',
      `Authorization: Bearer ${token}`,
      `Content-Length: ${length}`,
      'Connection: close',
    ].join('\r\n');
  const body = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/list',
    params: { _meta: ENVELOPE },
  });

  it('below the truth cuts the body', async () => {
    const { status, text } = await sendRaw(service.url, `${head('10')}\r\n\r\n${body}`);
    expect(status).toBe(400);
    expectNoInternals(text);
  });

  it.each(['-1', 'abc', '1e3', '99999999999999999999', '5, 6'])('%s is refused', async (length) => {
    const { status, text } = await sendRaw(service.url, `${head(length)}\r\n\r\n${body}`);
    expect([0, 400, 413]).toContain(status);
    expectNoInternals(text);
  });
});
