import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startMcpApp, type McpApp } from '../fixtures.js';
import { ServedTools } from '../server/tools.js';
import { rawCall, rawRequest } from './raw-request.js';

let mcp: McpApp;
beforeAll(async () => {
  mcp = await startMcpApp([ServedTools], { bodyLimit: 50_000 });
});
afterAll(() => mcp.app.close());

const JSON_TYPE = { 'content-type': 'application/json' };
const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}';

function post(body: string | undefined, headers: Record<string, string> = JSON_TYPE) {
  return fetch(mcp.url, { method: 'POST', headers, ...(body !== undefined && { body }) });
}

describe('what HTTP already refuses is a JSON-RPC error', () => {
  const huge = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'ping',
    params: { x: 'x'.repeat(60_000) },
  });

  it.each<[string, string | undefined, Record<string, string>, number, number]>([
    ['malformed JSON', '{"jsonrpc":', JSON_TYPE, 400, -32700],
    ['text that is no JSON', 'hello', JSON_TYPE, 400, -32700],
    ['an empty body', '', JSON_TYPE, 400, -32700],
    ['a body over the limit', huge, JSON_TYPE, 413, -32000],
    ['plain text', PING, { 'content-type': 'text/plain' }, 415, -32000],
    ['a form', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }, 415, -32000],
    ['a multipart form', 'x', { 'content-type': 'multipart/form-data; boundary=x' }, 415, -32000],
    ['an unknown type', PING, { 'content-type': 'application/x-unknown' }, 415, -32000],
    ['a type that is none', PING, { 'content-type': 'json' }, 415, -32000],
    [
      'a type that only looks like JSON',
      PING,
      { 'content-type': 'application/json-seq' },
      415,
      -32000,
    ],
    [
      '__proto__',
      '{"__proto__":{"x":1},"jsonrpc":"2.0","id":1,"method":"ping"}',
      JSON_TYPE,
      400,
      -32700,
    ],
  ])('%s', async (_, body, headers, status, code) => {
    const response = await post(body, headers);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    const answer = (await response.json()) as any;
    expect(answer.jsonrpc).toBe('2.0');
    expect(answer.error.code).toBe(code);
    expect(JSON.stringify(answer)).not.toMatch(/FST_|node_modules|at \w+ \(/);
  });

  it('takes JSON with parameters of its type', async () => {
    expect((await post(PING, { 'content-type': 'application/json; charset=utf-8' })).status).toBe(
      200,
    );
  });

  it.each(['PUT', 'PATCH'])(
    '%s, which is answered with the methods that there are',
    async (method) => {
      const response = await fetch(mcp.url, { method, headers: JSON_TYPE, body: PING });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('GET, POST, DELETE');
      expect(await response.json()).toMatchObject({ jsonrpc: '2.0', error: { code: -32000 } });
    },
  );

  it('HEAD, which has no body', async () => {
    const response = await fetch(mcp.url, { method: 'HEAD' });
    expect(response.status).toBe(400);
    expect(await response.text()).toBe('');
  });

  it('DELETE with a body that is no JSON', async () => {
    const response = await fetch(mcp.url, { method: 'DELETE', headers: JSON_TYPE, body: '{' });
    expect(await response.json()).toMatchObject({ jsonrpc: '2.0', error: { code: -32700 } });
  });

  it('a body shorter or longer than it says', async () => {
    const { lines, body } = rawCall('/mcp', 'hello');
    const withLength = (length: number) =>
      lines.map((line) => (line.startsWith('Content-Length') ? `Content-Length: ${length}` : line));
    expect((await rawRequest(mcp.url, withLength(body.length - 5), body)).status).toBe(400);
    const { status } = await rawRequest(mcp.url, withLength(-1), body);
    expect(status).toBe(400);
  });

  it('arguments nested without end', async () => {
    const depth = 10_000;
    const nested = `${'['.repeat(depth)}${']'.repeat(depth)}`;
    const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"hello","arguments":{"x":${nested}}}}`;
    const response = await post(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ jsonrpc: '2.0', error: { code: -32600 } });
  });

  it('a request target in absolute form, which is the same request', async () => {
    const host = `Host: ${new URL(mcp.url).host}`;
    const { lines, body } = rawCall(mcp.url, 'hello', [host]);
    const response = await rawRequest(mcp.url, lines, body);
    expect(response.body).toContain('hello stranger');
    const protectedCall = rawCall(mcp.url, 'echo');
    expect((await rawRequest(mcp.url, protectedCall.lines, protectedCall.body)).status).toBe(401);
  });

  it('the id of a request that is refused, where it has one', async () => {
    const body = '{"jsonrpc":"2.0","id":"mine","method":"ping"}';
    const response = await post(body, { ...JSON_TYPE, origin: 'https://evil.test' });
    expect(await response.json()).toMatchObject({ id: 'mine' });
  });

  it('and the server goes on', async () => {
    expect((await post(PING)).status).toBe(200);
    expect(mcp.log.errors).toEqual([]);
  });
});
